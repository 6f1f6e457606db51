using System.Globalization;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// The tokens &lt;0x00&gt; to &lt;0xFF&gt; for the bytes of characters without a token (<c>byte_fallback</c>).
/// </summary>
internal static class ByteTokens
{
    /// <summary>The id of each byte, -1 if it has no token.</summary>
    public static int[] Ids(Dictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(b => vocabulary.GetValueOrDefault($"<0x{b:X2}>", -1))];

    /// <summary>
    /// Adds the bytes of a character, the first of which covers it; false, and nothing added, if one has no token.
    /// </summary>
    public static bool Add(List<TokenModel.Symbol> symbols, Rune rune, int[] ids)
    {
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..rune.EncodeToUtf8(utf8)];
        foreach (byte b in utf8)
        {
            if (ids[b] < 0)
                return false;
        }
        for (int b = 0; b < utf8.Length; b++)
            symbols.Add(new TokenModel.Symbol(ids[utf8[b]], b == 0 ? rune.Utf16SequenceLength : 0));
        return true;
    }

    /// <summary>Whether a token is one of these.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == 6
            && token.StartsWith("<0x", StringComparison.Ordinal)
            && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
