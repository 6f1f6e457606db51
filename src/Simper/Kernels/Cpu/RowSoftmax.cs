using System.Runtime.Intrinsics;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Softmax of a row of attention scores, forward and backward, with results in bfloat16. Rows are padded to whole vectors of 32
/// values; a score of minus infinity has probability zero.
/// </summary>
internal static unsafe class RowSoftmax
{
    private const int Lane = 16;
    private const int Step = 2 * Lane;

    /// <summary>
    /// exp(scale (score - max)); returns the log-sum-exp of the scaled scores and the normalising factor.
    /// </summary>
    public static (float LogSumExp, float Inverse) Forward(float* scores, BFloat16* result, float scale, int width)
    {
        Vector512<float> highest = Vector512.Load(scores);
        for (int j = Lane; j < width; j += Lane)
            highest = Vector512.Max(highest, Vector512.Load(scores + j));
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Lane; lane++)
            max = Math.Max(max, highest[lane]);
        Vector512<float> factor = Vector512.Create(scale);
        Vector512<float> shift = Vector512.Create(-scale * max);
        Vector512<float> sums = default;
        for (int j = 0; j < width; j += Step)
        {
            Vector512<float> p0 = Lanes.Exp(Lanes.MultiplyAdd(Vector512.Load(scores + j), factor, shift));
            Vector512<float> p1 = Lanes.Exp(Lanes.MultiplyAdd(Vector512.Load(scores + j + Lane), factor, shift));
            sums += p0 + p1;
            Lanes<BFloat16, float>.Store(result + j, p0, p1);
        }
        float sum = Vector512.Sum(sums);
        return (scale * max + MathF.Log(sum), 1 / sum);
    }

    /// <summary>
    /// The probabilities p recomputed, and scale p (dp - delta) with delta = dOutput · output; where scores were capped, the
    /// gradient before the cap.
    /// </summary>
    public static void Backward(
        float* scores,
        float* dProbabilities,
        BFloat16* probabilities,
        BFloat16* dScores,
        float scale,
        int width,
        float logSumExp,
        float delta,
        double cap
    )
    {
        if (cap > 0)
            Backward(scores, dProbabilities, probabilities, dScores, scale, width, logSumExp, delta, new TanhCap<float>(cap));
        else
            Backward(scores, dProbabilities, probabilities, dScores, scale, width, logSumExp, delta, default(NoCap<float>));
    }

    private static void Backward<TCap>(
        float* scores,
        float* dProbabilities,
        BFloat16* probabilities,
        BFloat16* dScores,
        float scale,
        int width,
        float logSumExp,
        float delta,
        TCap cap
    )
        where TCap : struct, ICap<float>
    {
        Vector512<float> factor = Vector512.Create(scale);
        Vector512<float> shift = Vector512.Create(-logSumExp);
        Vector512<float> along = Vector512.Create(delta);
        for (int j = 0; j < width; j += Step)
        {
            Vector512<float> s0 = Vector512.Load(scores + j);
            Vector512<float> s1 = Vector512.Load(scores + j + Lane);
            Vector512<float> p0 = Lanes.Exp(Lanes.MultiplyAdd(s0, factor, shift));
            Vector512<float> p1 = Lanes.Exp(Lanes.MultiplyAdd(s1, factor, shift));
            Lanes<BFloat16, float>.Store(probabilities + j, p0, p1);
            Lanes<BFloat16, float>.Store(
                dScores + j,
                cap.Through(s0, factor * p0 * (Vector512.Load(dProbabilities + j) - along)),
                cap.Through(s1, factor * p1 * (Vector512.Load(dProbabilities + j + Lane) - along))
            );
        }
    }

    /// <summary>a · b.</summary>
    public static float Dot(BFloat16* a, BFloat16* b, int count)
    {
        Vector512<float> sum = default;
        for (int i = 0; i < count; i += Lane)
            sum = Lanes.MultiplyAdd(
                Lanes<BFloat16, float>.Load(a + i, count - i),
                Lanes<BFloat16, float>.Load(b + i, count - i),
                sum
            );
        return Vector512.Sum(sum);
    }

    /// <summary>A row times a factor; reading whole vectors of it must be safe.</summary>
    public static void Store(float* row, BFloat16* to, int count, float factor)
    {
        Vector512<float> factors = Vector512.Create(factor);
        for (int i = 0; i < count; i += Lane)
            Lanes<BFloat16, float>.Store(to + i, factors * Vector512.Load(row + i), count - i);
    }
}
