namespace Simper.Judging.AlpacaEval;

/// <summary>
/// Logistic regression with soft labels and no intercept, whose coefficients' absolute values are penalised: minimises
/// |w|₁ + C · Σ weight · (y · log(1 + e^−z) + (1 − y) · log(1 + e^z)) with z = w · x, in double precision, to
/// rounding. Newton steps on the smooth part; each step's small quadratic problem is solved by coordinate descent.
/// </summary>
public static class SparseLogistic
{
    private const int MostSteps = 200;
    private const int MostSweeps = 1000;

    /// <summary>A row.</summary>
    /// <param name="X">Its features.</param>
    /// <param name="Y">The label, usually in [0, 1].</param>
    /// <param name="Weight">How much it counts.</param>
    public readonly record struct Row(double[] X, double Y, double Weight);

    /// <summary>The coefficients of the minimum.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="c">Above 0.</param>
    public static double[] Fit(IReadOnlyList<Row> rows, double c)
    {
        int n = rows[0].X.Length;
        var w = new double[n];
        double objective = Objective(rows, w, c);
        for (int step = 0; step < MostSteps; step++)
        {
            (double[] gradient, double[,] hessian) = Derivatives(rows, w, c);
            double[] direction = Direction(w, gradient, hessian);
            double decrease = gradient.Zip(direction, (g, d) => g * d).Sum() + L1(Moved(w, direction, 1)) - L1(w);
            if (decrease >= 0)
                break;
            double length = 1;
            double[] next = Moved(w, direction, length);
            double reached = Objective(rows, next, c);
            while (reached > objective + 1e-4 * length * decrease && length > 1e-10)
            {
                length /= 2;
                next = Moved(w, direction, length);
                reached = Objective(rows, next, c);
            }
            bool isEnd = reached >= objective || decrease > -1e-15 * Math.Max(1, Math.Abs(objective));
            if (reached <= objective)
                (w, objective) = (next, reached);
            if (isEnd)
                break;
        }
        return w;
    }

    /// <summary>The value that <see cref="Fit"/> minimises.</summary>
    public static double Objective(IReadOnlyList<Row> rows, double[] w, double c) =>
        L1(w) + c * rows.Sum(r => r.Weight * Loss(Score(w, r.X), r.Y));

    /// <summary>The probability of a label of 1.</summary>
    public static double Probability(double score) =>
        score >= 0 ? 1 / (1 + Math.Exp(-score)) : Math.Exp(score) / (1 + Math.Exp(score));

    internal static double Score(double[] w, double[] x)
    {
        double sum = 0;
        for (int i = 0; i < w.Length; i++)
            sum += w[i] * x[i];
        return sum;
    }

    private static double Loss(double score, double y) => y * LogOnePlusExp(-score) + (1 - y) * LogOnePlusExp(score);

    private static double LogOnePlusExp(double x) => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x)));

    // double.LogP1 loses the small terms.
    private static double LogOnePlus(double x) => 1 + x is var sum && sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));

    private static double L1(double[] w) => w.Sum(Math.Abs);

    private static double[] Moved(double[] w, double[] direction, double length) =>
        [.. w.Zip(direction, (a, d) => a + length * d)];

    private static (double[] Gradient, double[,] Hessian) Derivatives(IReadOnlyList<Row> rows, double[] w, double c)
    {
        int n = w.Length;
        var gradient = new double[n];
        var hessian = new double[n, n];
        foreach (Row row in rows)
        {
            double p = Probability(Score(w, row.X));
            double slope = c * row.Weight * (p - row.Y);
            double curve = c * row.Weight * Math.Max(p * (1 - p), 1e-12);
            for (int i = 0; i < n; i++)
            {
                gradient[i] += slope * row.X[i];
                for (int j = 0; j < n; j++)
                    hessian[i, j] += curve * row.X[i] * row.X[j];
            }
        }
        return (gradient, hessian);
    }

    // Minimises g·d + d·H·d / 2 + |w + d|₁.
    private static double[] Direction(double[] w, double[] gradient, double[,] hessian)
    {
        int n = w.Length;
        var d = new double[n];
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double largest = 0;
            for (int i = 0; i < n; i++)
            {
                double curve = hessian[i, i] + 1e-12;
                double slope = gradient[i];
                for (int j = 0; j < n; j++)
                    slope += hessian[i, j] * d[j];
                double target = w[i] + d[i] - slope / curve;
                double shrunk = Math.Sign(target) * Math.Max(Math.Abs(target) - 1 / curve, 0);
                double change = shrunk - w[i] - d[i];
                d[i] += change;
                largest = Math.Max(largest, Math.Abs(change));
            }
            if (largest < 1e-15)
                break;
        }
        return d;
    }
}
