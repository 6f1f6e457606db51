namespace Simper.Text.Templates;

/// <summary>Python's characters are code points, and so is a lone surrogate.</summary>
internal static class CodePoints
{
    public static int Count(string text) => PythonCharacters.Length(text);

    public static List<object?> Of(string text)
    {
        var characters = new List<object?>(text.Length);
        for (int i = 0; i < text.Length; )
        {
            int length = IsPair(text, i) ? 2 : 1;
            characters.Add(text.Substring(i, length));
            i += length;
        }
        return characters;
    }

    /// <summary>The code point at an index, and its length in UTF-16 units.</summary>
    public static (int Value, int Length) At(string text, int i) =>
        IsPair(text, i) ? (char.ConvertToUtf32(text[i], text[i + 1]), 2) : (text[i], 1);

    /// <summary>Order by code points, which is not that of UTF-16 units.</summary>
    public static int Compare(string a, string b)
    {
        int i = a.AsSpan().CommonPrefixLength(b);
        if (i == a.Length || i == b.Length)
            return a.Length.CompareTo(b.Length);
        if (i > 0 && (IsPair(a, i - 1) || IsPair(b, i - 1)))
            i--; // they differ in the low surrogate
        return At(a, i).Value.CompareTo(At(b, i).Value);
    }

    private static bool IsPair(string text, int i) =>
        char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
}
