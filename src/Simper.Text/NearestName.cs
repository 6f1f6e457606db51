namespace Simper;

/// <summary>Suggests what a misspelt name was meant to be, if one is near enough: a distant suggestion helps nobody.</summary>
public static class NearestName
{
    private const int ShortestBeginning = 4; // minimum length of a prefix to suggest a longer name

    /// <summary>The nearest of the known names; null if none is similar.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        string typed = Plain(name);
        return known
            .Select(k => (Name: k, Distance: Distance(typed, Plain(k))))
            .Where(k => IsLike(typed, Plain(k.Name), k.Distance))
            .OrderBy(k => k.Distance)
            .ThenBy(k => k.Name.Length)
            .Select(k => k.Name)
            .FirstOrDefault();
    }

    /// <summary>"; did you mean NAME?" as the end of a sentence, or another end if no name is near.</summary>
    public static string Question(string name, IEnumerable<string> known, string otherwise) =>
        Of(name, known) is { } near ? $"; did you mean {near}?" : otherwise;

    // One edit in three letters, or a truncated name.
    private static bool IsLike(string typed, string known, int distance) =>
        distance <= Math.Max(typed.Length, known.Length) / 3 && distance <= typed.Length / 2
        || (typed.Length >= ShortestBeginning && known.StartsWith(typed, StringComparison.Ordinal));

    private static string Plain(string name) => name.TrimStart('-').Replace('-', '_').ToLowerInvariant();

    // Edits of a letter, and adjacent transpositions, as in "trian".
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                int changed = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(changed, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[a.Length, b.Length];
    }
}
