using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simper.Generation;

namespace Simper.Serving;

/// <summary>Log-probs from a row of logits, summed in double precision, always in the same order. Pure.</summary>
internal static class LogProbs
{
    /// <summary>log Σ e^logit.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float highest = logits[Sampler.Likeliest(logits)];
        Vector512<double> shift = Vector512.Create((double)highest);
        Vector512<double> sums = default;
        ReadOnlySpan<Vector256<float>> whole = MemoryMarshal.Cast<float, Vector256<float>>(logits);
        foreach (Vector256<float> vector in whole)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(vector);
            sums += Vector512.Exp(Vector512.Create(low, high) - shift);
        }
        double sum = Vector512.Sum(sums);
        foreach (float logit in logits[(whole.Length * Vector256<float>.Count)..])
            sum += Math.Exp((double)logit - highest);
        return highest + Math.Log(sum);
    }

    /// <summary>The log-prob of one token.</summary>
    public static float Of(ReadOnlySpan<float> logits, double logSumExp, int id) => (float)(logits[id] - logSumExp);

    /// <summary>The likeliest tokens, best first, equal ones by ascending id.</summary>
    public static TokenLogProb[] Top(ReadOnlySpan<float> logits, double logSumExp, int count)
    {
        count = Math.Min(count, logits.Length);
        if (count == 0)
            return [];
        var best = new TokenLogProb[count];
        int found = 0;
        float least = float.NegativeInfinity;
        for (int id = 0; id < logits.Length; id++)
        {
            float logit = logits[id];
            if (found == count && !(logit > least))
                continue;
            int place = found < count ? found++ : count - 1;
            for (; place > 0 && best[place - 1].LogProb < logit; place--)
                best[place] = best[place - 1];
            best[place] = new TokenLogProb(id, logit);
            least = best[found - 1].LogProb;
        }
        for (int i = 0; i < count; i++)
            best[i] = best[i] with { LogProb = Of(logits, logSumExp, best[i].Id) };
        return best;
    }
}
