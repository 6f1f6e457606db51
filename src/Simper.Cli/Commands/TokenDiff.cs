using Simper.Text.Tokenization;

namespace Simper.Cli.Commands;

/// <summary>How a text relates to another one.</summary>
internal enum TokenChange
{
    Same,
    Added,
    Removed,
}

/// <summary>Aligns two lists of ids, along their longest common subsequence.</summary>
internal static class TokenDiff
{
    /// <summary>
    /// The second list as texts of adjacent tokens, with what it has in addition and lacks compared with the first. Time and
    /// memory grow with the product of the lengths between their common prefix and suffix.
    /// </summary>
    public static IEnumerable<(string Text, TokenChange Change)> Of(int[] first, int[] second, Tokenizer tokenizer)
    {
        List<(int Id, TokenChange Change)> steps = Steps(first, second);
        for (int start = 0, end; start < steps.Count; start = end)
        {
            for (end = start + 1; end < steps.Count && steps[end].Change == steps[start].Change; end++) { }
            yield return (TextOf(steps, start, end, tokenizer), steps[start].Change);
        }
    }

    // Decoders strip the space at a text's start, so the token before is decoded with it if there is one.
    private static string TextOf(List<(int Id, TokenChange Change)> steps, int start, int end, Tokenizer tokenizer)
    {
        int from = Math.Max(start - 1, 0);
        int[] ids = [.. steps[from..end].Select(s => s.Id)];
        string before = tokenizer.Decode(ids.AsSpan(0, start - from));
        string text = tokenizer.Decode(ids);
        return text.StartsWith(before, StringComparison.Ordinal)
            ? text[before.Length..]
            : tokenizer.Decode(ids.AsSpan(start - from));
    }

    private static List<(int Id, TokenChange Change)> Steps(int[] first, int[] second)
    {
        int begin = first.AsSpan().CommonPrefixLength(second);
        int end = 0;
        while (end < Math.Min(first.Length, second.Length) - begin && first[^(end + 1)] == second[^(end + 1)])
            end++;
        ReadOnlySpan<int> a = first.AsSpan(begin..^end);
        ReadOnlySpan<int> b = second.AsSpan(begin..^end);
        // The length of the longest common subsequence of what remains from i and j on.
        var common = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }
        List<(int, TokenChange)> steps = [.. first[..begin].Select(id => (id, TokenChange.Same))];
        for (int i = 0, j = 0; i < a.Length || j < b.Length; )
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                steps.Add((a[i++], TokenChange.Same));
                j++;
            }
            else if (j == b.Length || (i < a.Length && common[i + 1, j] >= common[i, j + 1]))
                steps.Add((a[i++], TokenChange.Removed));
            else
                steps.Add((b[j++], TokenChange.Added));
        }
        steps.AddRange(first[^end..].Select(id => (id, TokenChange.Same)));
        return steps;
    }
}
