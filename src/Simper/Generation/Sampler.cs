using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simper.Text.Preferences;

namespace Simper.Generation;

/// <summary>Chooses the next token from its logits. Pure: all randomness comes from the given generator.</summary>
internal static class Sampler
{
    /// <param name="logits">[V]</param>
    /// <param name="settings">Temperature, top-k, top-p, min-p.</param>
    /// <param name="random">Draws; not touched when greedy.</param>
    public static int Next(ReadOnlySpan<float> logits, SamplingSettings settings, DeterministicRandom random)
    {
        if (settings.Temperature == 0)
            return Likeliest(logits);
        double[] weights = Scratch(logits.Length); // of the likeliest: 1
        double total = Weigh(logits, settings.Temperature, weights);
        bool isRestricted = (settings.TopK > 0 && settings.TopK < logits.Length) || settings.TopP < 1;
        if (isRestricted)
        {
            int[] kept = Kept(weights, total, settings);
            double share = random.NextDouble() * kept.Sum(c => weights[c]);
            foreach (int candidate in kept)
            {
                share -= weights[candidate];
                if (share < 0)
                    return candidate;
            }
            return kept[^1]; // rounding: nothing is left for the last share
        }
        if (settings.MinP > 0)
        {
            total = 0;
            for (int i = 0; i < weights.Length; i++)
                total += weights[i] = weights[i] < settings.MinP ? 0 : weights[i];
        }
        double at = random.NextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            last = i;
            at -= weights[i];
            if (at < 0)
                return i;
        }
        return last;
    }

    [ThreadStatic]
    private static double[]? _weights;

    // As large as a vocabulary: made anew for every token it would keep the garbage collector busy.
    private static double[] Scratch(int length) => _weights?.Length == length ? _weights : _weights = new double[length];

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

    // Top-k first, then top-p over the remaining probabilities, then min-p: the order of transformers' filters. Most likely
    // first, ties by ascending id, so that the choice does not depend on the sort.
    private static int[] Kept(double[] weights, double total, SamplingSettings settings)
    {
        int most = settings.TopK > 0 ? Math.Min(settings.TopK, weights.Length) : weights.Length;
        int[] sorted = Best(weights, most, settings.TopK > 0 ? double.PositiveInfinity : settings.TopP * total);
        if (settings.TopK > 0)
        {
            total = 0;
            for (int i = 0; i < Math.Min(most, sorted.Length); i++)
                total += weights[sorted[i]];
        }
        double reached = 0;
        int kept = 0;
        while (kept < Math.Min(most, sorted.Length) && (kept == 0 || weights[sorted[kept]] >= settings.MinP))
        {
            reached += weights[sorted[kept++]];
            if (reached >= settings.TopP * total)
                break;
        }
        return sorted[..kept];
    }

    /// <summary>
    /// The heaviest, sorted: at least <paramref name="count"/>, or as many as weigh <paramref name="enough"/>. Sorting a few
    /// beats sorting a vocabulary.
    /// </summary>
    private static int[] Best(double[] weights, int count, double enough)
    {
        var found = new List<int>();
        for (double least = 1.0 / 1024; ; least /= 1024)
        {
            bool isLast = least < 1e-30;
            found.Clear();
            double sum = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                if (weights[i] < least && !isLast)
                    continue;
                found.Add(i);
                sum += weights[i];
            }
            // Some to spare: sums in another order differ in their last bits.
            if (isLast || found.Count >= count || sum > enough * (1 + 1e-9))
                break;
        }
        found.Sort((a, b) => weights[b] != weights[a] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        return [.. found];
    }

    /// <summary>e^((logit - largest) / temperature), and their sum, always in the same order.</summary>
    private static double Weigh(ReadOnlySpan<float> logits, double temperature, double[] weights)
    {
        double largest = logits[Likeliest(logits)];
        Vector512<double> shift = Vector512.Create(largest);
        Vector512<double> sums = default;
        int whole = logits.Length / Vector512<double>.Count * Vector512<double>.Count;
        for (int i = 0; i < whole; i += Vector512<double>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(logits.Slice(i, 8)));
            Vector512<double> weight = Vector512.Exp((Vector512.Create(low, high) - shift) / Vector512.Create(temperature));
            weight.CopyTo(weights, i);
            sums += weight;
        }
        double total = Vector512.Sum(sums);
        for (int i = whole; i < logits.Length; i++)
            total += weights[i] = Math.Exp((logits[i] - largest) / temperature);
        return total;
    }
}
