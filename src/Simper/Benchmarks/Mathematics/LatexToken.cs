namespace Simper.Benchmarks.Mathematics;

/// <summary>What a token of LaTeX is.</summary>
internal enum LatexKind
{
    Digit,
    Letter,
    Command,
    Sign,
    Unknown,
    End,
}

/// <summary>A token of LaTeX: a digit, a letter, a command with its backslash, or a sign.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written.</param>
/// <param name="IsSpaced">Whether white space stands before it.</param>
internal readonly record struct LatexToken(LatexKind Kind, string Text, bool IsSpaced)
{
    private const int Most = 2000; // no answer is as long, and formulas are evaluated recursively
    private const string Signs = "+-*/^_=<>()[]{}|!,.:;'&%";

    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        "\\,",
        "\\:",
        "\\;",
        "\\!",
        "\\ ",
        "\\quad",
        "\\qquad",
        "\\left",
        "\\right",
        "\\thinspace",
        "\\displaystyle",
    };

    /// <summary>The tokens of a text, and one for its end.</summary>
    /// <exception cref="FormatException">It is too long for a formula.</exception>
    public static IReadOnlyList<LatexToken> Of(string text)
    {
        if (text.Length > Most)
            throw new FormatException("The formula is too long.");
        var tokens = new List<LatexToken>();
        bool isSpaced = false;
        for (int i = 0; i < text.Length; )
        {
            int start = i;
            char c = text[i++];
            if (PythonCharacters.IsSpace(c))
            {
                isSpaced = true;
                continue;
            }
            if (c == '\\' && i < text.Length)
            {
                if (!char.IsAsciiLetter(text[i++]))
                    i = start + 2;
                else
                    while (i < text.Length && char.IsAsciiLetter(text[i]))
                        i++;
            }
            string token = text[start..i];
            if (Skipped.Contains(token))
            {
                isSpaced = true;
                continue;
            }
            tokens.Add(new LatexToken(KindOf(token), token, isSpaced));
            isSpaced = false;
        }
        tokens.Add(new LatexToken(LatexKind.End, "", isSpaced));
        return tokens;
    }

    private static LatexKind KindOf(string token) =>
        token[0] == '\\'
            ? token.Length > 1 && (char.IsAsciiLetter(token[1]) || token is "\\{" or "\\}" or "\\%" or "\\\\")
                ? LatexKind.Command
                : LatexKind.Unknown
            : char.IsAsciiDigit(token[0])
                ? LatexKind.Digit
                : char.IsAsciiLetter(token[0])
                    ? LatexKind.Letter
                    : Signs.Contains(token[0])
                        ? LatexKind.Sign
                        : LatexKind.Unknown;
}
