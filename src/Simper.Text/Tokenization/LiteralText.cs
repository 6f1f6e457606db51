namespace Simper.Text.Tokenization;

/// <summary>The occurrences of a literal text in another.</summary>
internal static class LiteralText
{
    /// <summary>
    /// A function from a text to the occurrences of <paramref name="sought"/> in it as (start, length), without overlap.
    /// </summary>
    public static Func<string, List<(int Start, int Length)>> Occurrences(string sought) =>
        text =>
        {
            var places = new List<(int, int)>();
            for (
                int at = text.IndexOf(sought, StringComparison.Ordinal);
                at >= 0;
                at = text.IndexOf(sought, at + sought.Length, StringComparison.Ordinal)
            )
                places.Add((at, sought.Length));
            return places;
        };
}
