using Simper.Benchmarks;

namespace Simper.Judging.AlpacaEval;

/// <summary>
/// The same regression as <see cref="SparseLogistic"/> by the method of Yuan, Ho and Lin (2012) with liblinear's stopping rule,
/// which ends at about four digits. Folds that choose C among scores that differ in the sixth digit choose by what is left
/// over; with another solver they would choose otherwise. Each row stands for two, of label 1 and 0.
/// </summary>
internal sealed class EarlyStoppedLogistic
{
    private const double Tolerance = 1e-4;
    private const double Curvature = 1e-12;
    private const double Decrease = 0.01;
    private const uint Seed = 123; // of the generator that seeds the solver, once for each C in turn
    private const int MostOuter = 100;
    private const int MostInner = 1000;
    private const int MostHalvings = 20;

    private readonly double[][] _x; // by feature
    private readonly bool[] _isOne;
    private readonly double[] _c;
    private readonly double[] _exp; // e to the score
    private readonly double[] _tau;
    private readonly double[] _curve;
    private readonly double[] _w;
    private readonly MersenneTwister _random;

    private EarlyStoppedLogistic(IReadOnlyList<SparseLogistic.Row> rows, double c, int fit)
    {
        var seeds = new MersenneTwister(Seed);
        for (int i = 0; i < fit; i++)
            seeds.Next();
        _random = new MersenneTwister(seeds.Next() & int.MaxValue);
        (SparseLogistic.Row Row, bool IsOne, double C)[] doubled =
        [
            .. rows.Select(r => (r, true, c * (r.Weight * r.Y))).Where(r => r.Item3 > 0),
            .. rows.Select(r => (r, false, c * (r.Weight * (1 - r.Y)))).Where(r => r.Item3 > 0),
        ];
        int features = rows[0].X.Length;
        _x = [.. Enumerable.Range(0, features).Select(f => doubled.Select(d => d.Row.X[f]).ToArray())];
        bool hasOnes = doubled.Any(d => d.IsOne);
        // Where all labels are 0, the original takes its only class for the positive one.
        _isOne = [.. doubled.Select(d => d.IsOne || !hasOnes)];
        _c = [.. doubled.Select(d => d.C)];
        _exp = new double[doubled.Length];
        _tau = new double[doubled.Length];
        _curve = new double[doubled.Length];
        _w = new double[features];
    }

    /// <summary>The coefficients where the solver stops.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="c">Above 0.</param>
    /// <param name="fit">How many were fitted to these rows before; the order of the coefficients is drawn anew for each.</param>
    public static double[] Fit(IReadOnlyList<SparseLogistic.Row> rows, double c, int fit)
    {
        var solver = new EarlyStoppedLogistic(rows, c, fit);
        solver.Solve();
        return solver._w;
    }

    private void Solve()
    {
        int n = _w.Length;
        int rows = _c.Length;
        int ones = _isOne.Count(y => y);
        double tolerance = Tolerance * Math.Max(Math.Min(ones, rows - ones), 1) / rows;
        Array.Fill(_exp, 1);
        Update();
        double[] negatives = [.. _x.Select(x => Enumerable.Range(0, rows).Where(i => !_isOne[i]).Sum(i => _c[i] * x[i]))];
        int[] index = [.. Enumerable.Range(0, n)];
        double[] next = [.. _w];
        double[] hessian = new double[n];
        double[] gradient = new double[n];
        double norm = 0;
        double innerTolerance = 1;
        double firstViolation = -1;
        double largest = double.PositiveInfinity;
        for (int outer = 0; outer < MostOuter; outer++)
        {
            double newLargest = 0;
            double violations = 0;
            int active = n;
            for (int s = 0; s < active; s++)
            {
                int j = index[s];
                hessian[j] = Curvature;
                double sum = 0;
                for (int i = 0; i < rows; i++)
                {
                    hessian[j] += _x[j][i] * _x[j][i] * _curve[i];
                    sum += _x[j][i] * _tau[i];
                }
                gradient[j] = negatives[j] - sum;
                if (Violation(_w[j], gradient[j], largest / rows) is not { } violation)
                {
                    active--;
                    (index[s], index[active]) = (index[active], index[s]);
                    s--;
                    continue;
                }
                newLargest = Math.Max(newLargest, violation);
                violations += violation;
            }
            firstViolation = outer == 0 ? violations : firstViolation;
            if (violations <= tolerance * firstViolation)
                return;
            double[] moved = new double[rows];
            int sweeps = Inner(index, active, next, hessian, gradient, moved, innerTolerance * firstViolation);
            norm = Search(next, gradient, moved, norm);
            innerTolerance *= sweeps == 1 ? 0.25 : 1;
            largest = newLargest;
        }
    }

    // How far a coefficient is from its optimum; null for one at 0 that may be left out of the sweeps.
    private static double? Violation(double w, double slope, double shrink)
    {
        double up = slope + 1;
        double down = slope - 1;
        if (w > 0)
            return Math.Abs(up);
        if (w < 0)
            return Math.Abs(down);
        return up < 0 ? -up
            : down > 0 ? down
            : up > shrink && down < -shrink ? null
            : 0;
    }

    private int Inner(int[] index, int active, double[] next, double[] hessian, double[] gradient, double[] moved, double enough)
    {
        int swept = active;
        double largest = double.PositiveInfinity;
        int sweeps = 0;
        while (sweeps < MostInner)
        {
            double newLargest = 0;
            double violations = 0;
            for (int j = 0; j < swept; j++)
            {
                int other = j + (int)_random.NextBelow((uint)(swept - j));
                (index[other], index[j]) = (index[j], index[other]);
            }
            for (int s = 0; s < swept; s++)
            {
                int j = index[s];
                double curve = hessian[j];
                double slope = gradient[j] + (next[j] - _w[j]) * Curvature;
                for (int i = 0; i < moved.Length; i++)
                    slope += _x[j][i] * _curve[i] * moved[i];
                if (Violation(next[j], slope, largest / moved.Length) is not { } violation)
                {
                    swept--;
                    (index[s], index[swept]) = (index[swept], index[s]);
                    s--;
                    continue;
                }
                newLargest = Math.Max(newLargest, violation);
                violations += violation;
                double step =
                    slope + 1 < curve * next[j] ? -(slope + 1) / curve
                    : slope - 1 > curve * next[j] ? -(slope - 1) / curve
                    : -next[j];
                if (Math.Abs(step) < 1e-12)
                    continue;
                step = Math.Clamp(step, -10, 10);
                next[j] += step;
                for (int i = 0; i < moved.Length; i++)
                    moved[i] += _x[j][i] * step;
            }
            sweeps++;
            if (violations > enough)
                largest = newLargest;
            else if (swept == active)
                break;
            else
                (swept, largest) = (active, double.PositiveInfinity);
        }
        return sweeps;
    }

    // Halves the step until the objective falls enough; returns the new norm.
    private double Search(double[] next, double[] gradient, double[] moved, double norm)
    {
        double newNorm = next.Sum(Math.Abs);
        double delta = newNorm - norm;
        for (int j = 0; j < _w.Length; j++)
            delta += gradient[j] * (next[j] - _w[j]);
        double negative = 0;
        for (int i = 0; i < moved.Length; i++)
            negative += _isOne[i] ? 0 : _c[i] * moved[i];
        for (int halving = 0; halving < MostHalvings; halving++)
        {
            double condition = newNorm - norm + negative - Decrease * delta;
            for (int i = 0; i < moved.Length; i++)
            {
                double factor = Math.Exp(moved[i]);
                condition += _c[i] * Math.Log((1 + _exp[i] * factor) / (factor + _exp[i] * factor));
            }
            if (condition <= 0)
            {
                next.CopyTo(_w, 0);
                for (int i = 0; i < moved.Length; i++)
                    _exp[i] *= Math.Exp(moved[i]);
                Update();
                return newNorm;
            }
            for (int j = 0; j < _w.Length; j++)
                next[j] = (_w[j] + next[j]) / 2;
            newNorm = next.Sum(Math.Abs);
            delta /= 2;
            negative /= 2;
            for (int i = 0; i < moved.Length; i++)
                moved[i] /= 2;
        }
        return norm;
    }

    private void Update()
    {
        for (int i = 0; i < _c.Length; i++)
        {
            double share = 1 / (1 + _exp[i]);
            _tau[i] = _c[i] * share;
            _curve[i] = _c[i] * _exp[i] * share * share;
        }
    }
}
