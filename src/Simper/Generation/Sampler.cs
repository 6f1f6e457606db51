using System.Numerics;
using System.Runtime.InteropServices;
using Simper.Text.Preferences;

namespace Simper.Generation;

/// <summary>Chooses the next token from its logits. Pure: all randomness comes from the given generator.</summary>
internal static class Sampler
{
    /// <param name="logits">[V]</param>
    /// <param name="settings">Temperature, top-k, top-p.</param>
    /// <param name="random">Draws; not touched when greedy.</param>
    public static int Next(ReadOnlySpan<float> logits, SamplingSettings settings, DeterministicRandom random)
    {
        if (settings.Temperature == 0)
            return Likeliest(logits);
        int[] candidates = [.. Enumerable.Range(0, logits.Length)];
        double[] weights = Softmax(logits, settings.Temperature);
        bool restricted = (settings.TopK > 0 && settings.TopK < logits.Length) || settings.TopP < 1;
        if (restricted)
        {
            // Most likely first, ties by ascending id, so that the choice does not depend on the sort.
            Array.Sort(candidates, (a, b) => weights[b] != weights[a] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
            candidates = candidates[..Kept(candidates, weights, settings)];
        }
        double total = candidates.Sum(c => weights[c]);
        double at = random.NextDouble() * total;
        foreach (int candidate in candidates)
        {
            at -= weights[candidate];
            if (at < 0)
                return candidate;
        }
        return candidates[^1]; // rounding: nothing is left for the last share
    }

    /// <summary>The first of the largest logits.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<Vector<float>> whole = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var largest = new Vector<float>(float.NegativeInfinity);
        foreach (Vector<float> vector in whole)
            // NaN is never larger
            largest = Vector.ConditionalSelect(Vector.GreaterThan(vector, largest), vector, largest);
        float max = float.NegativeInfinity;
        for (int i = 0; i < Vector<float>.Count; i++)
            max = Math.Max(max, largest[i]);
        foreach (float logit in logits[(whole.Length * Vector<float>.Count)..])
            max = logit > max ? logit : max;
        return Math.Max(0, logits.IndexOf(max));
    }

    // Top-k first, then top-p over the remaining probabilities, the order of transformers' filters.
    private static int Kept(int[] sorted, double[] weights, SamplingSettings settings)
    {
        int kept = settings.TopK > 0 ? Math.Min(settings.TopK, sorted.Length) : sorted.Length;
        double total = 0;
        for (int i = 0; i < kept; i++)
            total += weights[sorted[i]];
        double reached = 0;
        for (int i = 0; i < kept; i++)
        {
            reached += weights[sorted[i]];
            if (reached >= settings.TopP * total)
                return i + 1;
        }
        return kept;
    }

    private static double[] Softmax(ReadOnlySpan<float> logits, double temperature)
    {
        double largest = logits[Likeliest(logits)];
        var weights = new double[logits.Length];
        double total = 0;
        for (int i = 0; i < logits.Length; i++)
            total += weights[i] = Math.Exp((logits[i] - largest) / temperature);
        for (int i = 0; i < weights.Length; i++)
            weights[i] /= total;
        return weights;
    }
}
