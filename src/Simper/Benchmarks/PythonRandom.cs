using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Simper.Benchmarks;

/// <summary>
/// Python's <c>random.Random</c> with a given seed: the Mersenne Twister and the ways in which <c>sample</c>, <c>shuffle</c> and
/// <c>choices</c> draw from it, so that a task's shots are those that lm-evaluation-harness chooses. Not thread safe.
/// </summary>
public sealed class PythonRandom
{
    private readonly MersenneTwister _twister;

    /// <param name="seed">As in <c>Random(1234)</c>; its sign is ignored, as in Python.</param>
    public PythonRandom(long seed)
        : this(Key(BigInteger.Abs(seed).ToByteArray(isUnsigned: true))) { }

    /// <param name="seed">As in <c>Random("text")</c>.</param>
    public PythonRandom(string seed)
        : this(Key(TextSeed(Encoding.UTF8.GetBytes(seed)))) { }

    private PythonRandom(uint[] key) => _twister = new MersenneTwister(key);

    /// <summary><c>random()</c>: uniform in [0, 1), with 53 bits.</summary>
    public double NextDouble()
    {
        uint high = _twister.Next() >> 5;
        uint low = _twister.Next() >> 6;
        return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
    }

    /// <summary><c>randrange(bound)</c>.</summary>
    public int NextBelow(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        int bits = 32 - BitOperations.LeadingZeroCount((uint)bound);
        uint drawn = _twister.Next() >> (32 - bits);
        while (drawn >= bound)
            drawn = _twister.Next() >> (32 - bits);
        return (int)drawn;
    }

    /// <summary><c>sample(population, count)</c>: different items, in the order in which they are drawn.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer items.</exception>
    public IReadOnlyList<T> Sample<T>(IReadOnlyList<T> population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population.Count);
        var drawn = new T[count];
        double poolSize = 21; // Python chooses by the memory that a set takes
        if (count > 5)
            poolSize += Math.Pow(4, Math.Ceiling(Math.Log(count * 3) / Math.Log(4)));
        if (population.Count <= poolSize)
        {
            T[] pool = [.. population];
            for (int i = 0; i < count; i++)
            {
                int j = NextBelow(pool.Length - i);
                drawn[i] = pool[j];
                pool[j] = pool[pool.Length - i - 1];
            }
            return drawn;
        }
        var taken = new HashSet<int>();
        for (int i = 0; i < count; i++)
        {
            int j = NextBelow(population.Count);
            while (!taken.Add(j))
                j = NextBelow(population.Count);
            drawn[i] = population[j];
        }
        return drawn;
    }

    /// <summary><c>shuffle(items)</c>, in place.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            int j = NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    // The text and its SHA-512, as one number in big-endian order.
    private static byte[] TextSeed(byte[] text)
    {
        byte[] whole = [.. text, .. SHA512.HashData(text)];
        Array.Reverse(whole);
        return whole;
    }

    private static uint[] Key(byte[] littleEndian)
    {
        int length = littleEndian.Length;
        while (length > 0 && littleEndian[length - 1] == 0)
            length--;
        var key = new uint[Math.Max(1, (length + 3) / 4)];
        for (int i = 0; i < length; i++)
            key[i / 4] |= (uint)littleEndian[i] << (i % 4 * 8);
        return key;
    }
}
