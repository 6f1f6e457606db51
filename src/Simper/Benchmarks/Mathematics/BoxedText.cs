namespace Simper.Benchmarks.Mathematics;

/// <summary>The last <c>\boxed{...}</c> of a solution, as the tasks on MATH take it.</summary>
internal static class BoxedText
{
    private const string Spaced = "\\boxed ";
    private const string Braced = "\\boxed{";

    /// <summary>The last box with its command; null where there is none, or it is not closed.</summary>
    public static string? Last(string text)
    {
        if (text.Contains(Spaced, StringComparison.Ordinal))
            return Spaced + text.Split(Spaced)[^1].Split('$')[0];
        int start = text.LastIndexOf("\\boxed", StringComparison.Ordinal);
        start = start >= 0 ? start : text.LastIndexOf("\\fbox", StringComparison.Ordinal);
        int depth = 0;
        for (int i = start; i >= 0 && i < text.Length; i++)
        {
            if (text[i] == '{')
                depth++;
            else if (text[i] == '}' && --depth == 0)
                return text[start..(i + 1)];
        }
        return null;
    }

    /// <summary>What is in the box; null where the original fails.</summary>
    public static string? Content(string? box) =>
        box is null ? null
        : box.Contains(Spaced, StringComparison.Ordinal)
            ? box.StartsWith(Spaced, StringComparison.Ordinal) ? box[Spaced.Length..]
                : null
        : box.StartsWith(Braced, StringComparison.Ordinal) && box.EndsWith('}') ? box[Braced.Length..^1]
        : null;

    /// <summary>What the last box of a text contains.</summary>
    public static string? LastContent(string text) => Content(Last(text));
}
