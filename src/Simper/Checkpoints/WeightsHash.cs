using System.Security.Cryptography;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A hash of the weights as the matrix products read them and as they are saved: comparing two shows whether any bit of a model
/// changed. As fast as memory; not cryptographic.
/// </summary>
internal static unsafe class WeightsHash
{
    private const ulong Prime = 0x9e3779b97f4a7c15;

    /// <summary>Of all weights, in order.</summary>
    public static ulong Of(IEnumerable<Tensor> tensors)
    {
        ulong hash = Prime;
        foreach (Tensor tensor in tensors)
        {
            using Tensor weights = tensor.cpu();
            hash = Mix(hash, Of(TensorMemory.Pointer(weights), TensorMemory.ByteCount(weights)));
        }
        return hash;
    }

    /// <summary>The SHA-256 of all, in hexadecimal; each is disposed once it is read.</summary>
    public static string Sha256(IEnumerable<Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor tensor in tensors)
        {
            using Tensor own = tensor;
            using Tensor whole = own.cpu();
            hash.AppendData(new ReadOnlySpan<byte>(TensorMemory.Pointer(whole), checked((int)TensorMemory.ByteCount(whole))));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Four independent sums, so that multiplications need not wait for one another. Every step is bijective: a single changed
    // word always shows.
    private static ulong Of(byte* start, long bytes)
    {
        (ulong a, ulong b, ulong c, ulong d) = (1, 2, 3, 4);
        ulong* words = (ulong*)start;
        long whole = bytes / 32 * 4;
        for (long i = 0; i < whole; i += 4)
        {
            a = Mix(a, words[i]);
            b = Mix(b, words[i + 1]);
            c = Mix(c, words[i + 2]);
            d = Mix(d, words[i + 3]);
        }
        for (long i = whole * 8; i < bytes; i++)
            a = Mix(a, start[i]);
        return Mix(Mix(Mix(a, b), c), d);
    }

    private static ulong Mix(ulong hash, ulong word) => ulong.RotateLeft((hash ^ word) * Prime, 29);
}
