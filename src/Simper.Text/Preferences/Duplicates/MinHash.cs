using System.Numerics;

namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// MinHash (Broder 1997): of a set the least element in each of several random orders. Two sets agree in as large a share of
/// these as their Jaccard similarity, in expectation. The orders are h -> a h + b modulo 2^32 of elements that are hashes
/// already, drawn once from a fixed seed. Immutable, thread safe.
/// </summary>
public sealed class MinHash
{
    private readonly uint[] _factors;
    private readonly uint[] _terms;

    /// <param name="permutations">How many orders: the standard error of the similarity is at most half of its inverse square
    /// root, 0.044 for 128.</param>
    public MinHash(int permutations = 128)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        Permutations = permutations;
        int padded = (permutations + Vector<uint>.Count - 1) / Vector<uint>.Count * Vector<uint>.Count;
        (_factors, _terms) = (new uint[padded], new uint[padded]);
        DeterministicRandom random = DeterministicRandom.For(1, "minhash");
        for (int i = 0; i < permutations; i++)
        {
            ulong drawn = random.NextUInt64();
            (_factors[i], _terms[i]) = ((uint)(drawn >> 32) | 1, (uint)drawn);
        }
    }

    /// <summary>Number of orders.</summary>
    public int Permutations { get; }

    /// <summary>The least elements of a set; all 2^32 - 1 for an empty one.</summary>
    /// <param name="set">Hashes; which occur twice does not matter.</param>
    public uint[] Of(ReadOnlySpan<uint> set)
    {
        var least = new uint[_factors.Length];
        Array.Fill(least, uint.MaxValue);
        foreach (uint element in set)
        {
            var copies = new Vector<uint>(element);
            for (int i = 0; i < least.Length; i += Vector<uint>.Count)
                Vector
                    .Min(new Vector<uint>(least, i), (copies * new Vector<uint>(_factors, i)) + new Vector<uint>(_terms, i))
                    .CopyTo(least, i);
        }
        return least[..Permutations];
    }

    /// <summary>The share of orders in which two sets agree: an estimate of their Jaccard similarity.</summary>
    public static double Similarity(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b)
    {
        int equal = 0;
        for (int i = 0; i < a.Length; i++)
            equal += a[i] == b[i] ? 1 : 0;
        return (double)equal / a.Length;
    }
}
