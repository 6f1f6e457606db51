using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>GPT-2's alphabet: each of the 256 bytes as a printable character, so that any text can be written in it.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharOf = new char[256];
    private static readonly Dictionary<char, byte> ByteOf = [];

    static ByteAlphabet()
    {
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or (>= 0xae and <= 0xff);
            CharOf[b] = printable ? (char)b : (char)next++;
            ByteOf[CharOf[b]] = (byte)b;
        }
    }

    /// <summary>All characters of the alphabet.</summary>
    public static IReadOnlyList<char> Characters => CharOf;

    /// <summary>The text's UTF-8 bytes as characters of the alphabet.</summary>
    public static AlignedText Encode(AlignedText piece)
    {
        string text = piece.Text;
        if (Ascii.IsValid(text))
        {
            string mapped = string.Create(
                text.Length,
                text,
                static (to, from) =>
                {
                    for (int i = 0; i < to.Length; i++)
                        to[i] = CharOf[from[i]];
                }
            );
            return piece.Derive(mapped);
        }
        var characters = new StringBuilder(text.Length * 2);
        var origins = new List<int>(text.Length * 2);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < text.Length; )
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
            int bytes = rune.EncodeToUtf8(utf8);
            for (int b = 0; b < bytes; b++)
            {
                characters.Append(CharOf[utf8[b]]);
                origins.Add(i);
            }
            i += length;
        }
        return piece.Derive(characters.ToString(), [.. origins]);
    }

    /// <summary>Bytes as characters of the alphabet.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = bytes.Length <= 1024 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            characters[i] = CharOf[bytes[i]];
        return new string(characters);
    }

    /// <summary>The bytes of a token; for one that is not in the alphabet (an added token) its UTF-8.</summary>
    public static byte[] Decode(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!ByteOf.TryGetValue(token[i], out bytes[i]))
                return System.Text.Encoding.UTF8.GetBytes(token);
        }
        return bytes;
    }
}
