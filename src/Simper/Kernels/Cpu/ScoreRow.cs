using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// A query's score row, forward and backward: cap, mask and softmax. Rows are padded to whole vectors; only the scores between
/// the first and the last key that the query attends to count.
/// </summary>
internal static unsafe class ScoreRow<TWide>
    where TWide : unmanaged
{
    private static int Lane => Vector512<TWide>.Count;

    /// <summary>
    /// The softmax of the scores from <paramref name="first"/> to <paramref name="seen"/> in place, the others zero; returns
    /// their log-sum-exp.
    /// </summary>
    public static TWide Softmax(TWide* scores, int first, int seen, int padded, double cap)
    {
        Mask(scores, first, seen, padded, cap);
        Vector512<TWide> highest = Vector512.Load(scores);
        for (int j = Lane; j < padded; j += Lane)
            highest = Vector512.Max(highest, Vector512.Load(scores + j));
        double max = double.NegativeInfinity;
        for (int lane = 0; lane < Lane; lane++)
            max = Math.Max(max, Lanes.Double(highest[lane]));
        Vector512<TWide> shift = Lanes.Create<TWide>(max);
        Vector512<TWide> sums = default;
        for (int j = 0; j < padded; j += Lane)
        {
            Vector512<TWide> p = Lanes.Exp(Vector512.Load(scores + j) - shift);
            sums += p;
            Vector512.Store(p, scores + j);
        }
        double sum = Lanes.Double(Vector512.Sum(sums));
        Vector512<TWide> inverse = Lanes.Create<TWide>(1 / sum);
        for (int j = 0; j < padded; j += Lane)
            Vector512.Store(Vector512.Load(scores + j) * inverse, scores + j);
        return Lanes.Number<TWide>(max + Math.Log(sum));
    }

    /// <summary>
    /// Scores become probabilities p; dScores, holding dp, become p (dp - delta) with delta = dOutput · output, and then the
    /// gradient before the cap.
    /// </summary>
    public static void Gradient(
        TWide* scores,
        TWide* dScores,
        int first,
        int seen,
        int padded,
        TWide logSumExp,
        TWide delta,
        double cap
    )
    {
        Mask(scores, first, seen, padded, cap);
        // never written; a NaN in it would survive a factor of zero
        new Span<TWide>(dScores + seen, padded - seen).Clear();
        if (cap > 0)
            Gradient(scores, dScores, padded, logSumExp, delta, new TanhCap<TWide>(cap));
        else
            Gradient(scores, dScores, padded, logSumExp, delta, default(NoCap<TWide>));
    }

    private static void Gradient<TCap>(TWide* scores, TWide* dScores, int padded, TWide logSumExp, TWide delta, TCap cap)
        where TCap : struct, ICap<TWide>
    {
        Vector512<TWide> shift = Vector512.Create(logSumExp);
        Vector512<TWide> along = Vector512.Create(delta);
        for (int j = 0; j < padded; j += Lane)
        {
            Vector512<TWide> score = Vector512.Load(scores + j);
            Vector512<TWide> p = Lanes.Exp(score - shift);
            Vector512.Store(p, scores + j);
            Vector512.Store(cap.Through(score, p * (Vector512.Load(dScores + j) - along)), dScores + j);
        }
    }

    /// <summary>Caps the scores that count, and sets the others to minus infinity.</summary>
    private static void Mask(TWide* scores, int first, int seen, int padded, double cap)
    {
        if (cap > 0)
            SoftCapKernel<TWide, TWide>.Row(scores + first, seen - first, cap);
        new Span<TWide>(scores, first).Fill(Lanes.Number<TWide>(double.NegativeInfinity));
        new Span<TWide>(scores + seen, padded - seen).Fill(Lanes.Number<TWide>(double.NegativeInfinity));
    }
}
