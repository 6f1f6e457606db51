using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Simper.Judging;

/// <summary>
/// Python's <c>random.Random</c> seeded by a text: MT19937, seeded by the text's UTF-8 bytes followed by their SHA-512. Not
/// thread safe.
/// </summary>
internal sealed class PythonRandom
{
    private readonly MersenneTwister _twister;

    public PythonRandom(string seed)
    {
        byte[] text = Encoding.UTF8.GetBytes(seed);
        var number = new BigInteger([.. text, .. SHA512.HashData(text)], isUnsigned: true, isBigEndian: true);
        byte[] bytes = number.ToByteArray(isUnsigned: true);
        var key = new uint[Math.Max(1, (bytes.Length + 3) / 4)];
        for (int i = 0; i < bytes.Length; i++)
            key[i / 4] |= (uint)bytes[i] << (8 * (i % 4));
        _twister = new MersenneTwister(key);
    }

    /// <summary>The next number in [0, 1).</summary>
    public double NextDouble() => ((_twister.Next() >> 5) * 67108864.0 + (_twister.Next() >> 6)) / 9007199254740992.0;
}
