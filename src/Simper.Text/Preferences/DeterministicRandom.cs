using System.Numerics;
using System.Text;

namespace Simper.Text.Preferences;

/// <summary>
/// xoshiro256** (Blackman and Vigna 2018), seeded by SplitMix64: our own generator, since the algorithm of System.Random is not
/// guaranteed. Data order, splits, draws and resamples all use it, so they are the same on every machine and version. Not thread
/// safe.
/// </summary>
public sealed class DeterministicRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    private DeterministicRandom(ulong seed) =>
        (_s0, _s1, _s2, _s3) = (SplitMix(ref seed), SplitMix(ref seed), SplitMix(ref seed), SplitMix(ref seed));

    /// <summary>
    /// The generator for one purpose: streams of different purposes or numbers are independent.
    /// </summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">Its purpose, such as "data order".</param>
    /// <param name="numbers">Which of several: an epoch, a sequence, ...</param>
    public static DeterministicRandom For(ulong seed, string purpose, params ReadOnlySpan<ulong> numbers)
    {
        ulong mixed = seed;
        ulong state = SplitMix(ref mixed);
        foreach (byte b in Encoding.UTF8.GetBytes(purpose))
            state = (state ^ b) * 0x100000001b3; // FNV-1a's step
        foreach (ulong number in numbers)
        {
            ulong next = state ^ number;
            state = SplitMix(ref next);
        }
        return new DeterministicRandom(state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="count"/>), without bias (Lemire 2019).</summary>
    public int NextBelow(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ulong limit = (ulong)count;
        ulong threshold = (0 - limit) % limit;
        while (true)
        {
            ulong high = Math.BigMul(NextUInt64(), limit, out ulong low);
            if (low >= threshold)
                return (int)high;
        }
    }

    /// <summary>0 to <paramref name="count"/> - 1 in random order (Fisher-Yates).</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = NextBelow(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>Mixes the bits of a number (the finalizer of SplitMix64): for hashes, too.</summary>
    internal static ulong Mixed(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    private static ulong SplitMix(ref ulong state) => Mixed(state += 0x9e3779b97f4a7c15);
}
