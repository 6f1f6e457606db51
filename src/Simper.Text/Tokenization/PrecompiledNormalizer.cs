using System.Buffers.Binary;
using System.Globalization;

namespace Simper.Text.Tokenization;

/// <summary>
/// SentencePiece's table of replacements (<c>precompiled_charsmap</c>), applied as the reference library does: a short grapheme
/// cluster as a whole, otherwise its characters one by one, each by the shortest entry that it begins with.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int LongestCluster = 5; // UTF-8 bytes

    private readonly uint[] _units; // a double array: a trie in which a child's index is its parent's offset xor the byte
    private readonly byte[] _texts; // the replacements, each with a zero after it

    private PrecompiledNormalizer(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <summary>The table in a map; null if its parts do not fit each other.</summary>
    /// <param name="map">The trie's length in bytes, the trie, the texts.</param>
    public static PrecompiledNormalizer? Read(ReadOnlySpan<byte> map)
    {
        if (map.Length < 8)
            return null;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (length == 0 || length % 4 != 0 || length > map.Length - 4)
            return null;
        var units = new uint[length / 4];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + (4 * i))..]);
        return new PrecompiledNormalizer(units, map[(4 + (int)length)..].ToArray());
    }

    public override AlignedText Apply(AlignedText text)
    {
        var edits = new List<(int, int, string)>();
        Span<byte> utf8 = stackalloc byte[LongestCluster];
        for (int start = 0, length; start < text.Length; start += length)
        {
            ReadOnlySpan<char> rest = text.Text.AsSpan(start);
            length = StringInfo.GetNextTextElementLength(rest);
            if (System.Text.Encoding.UTF8.TryGetBytes(rest[..length], utf8, out int bytes) && Find(utf8[..bytes]) is { } whole)
            {
                edits.Add((start, start + length, whole));
                continue;
            }
            for (int i = 0, width; i < length; i += width)
            {
                width = char.IsHighSurrogate(rest[i]) ? 2 : 1;
                bytes = System.Text.Encoding.UTF8.GetBytes(rest.Slice(i, width), utf8);
                if (Find(utf8[..bytes]) is { } one)
                    edits.Add((start + i, start + i + width, one));
            }
        }
        return text.Edit(edits);
    }

    /// <summary>The replacement of the shortest entry that begins a text.</summary>
    private string? Find(ReadOnlySpan<byte> text)
    {
        uint at = Offset(_units[0]);
        foreach (byte b in text)
        {
            at ^= b;
            if (b == 0 || at >= _units.Length || (_units[at] & 0x800000ff) != b)
                return null;
            uint unit = _units[at];
            at ^= Offset(unit);
            if ((unit & 0x100) != 0)
                return at < _units.Length ? TextAt((int)(_units[at] & int.MaxValue)) : null;
        }
        return null;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private string? TextAt(int at)
    {
        if (at >= _texts.Length)
            return null;
        ReadOnlySpan<byte> rest = _texts.AsSpan(at);
        int end = rest.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
