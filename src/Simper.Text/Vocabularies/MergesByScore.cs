namespace Simper.Text.Vocabularies;

/// <summary>
/// SentencePiece's BPE has no list of merges: it joins the two neighbours whose joint piece has the best score. So every split of
/// a piece into two pieces is a merge.
/// </summary>
internal static class MergesByScore
{
    /// <summary>Finding the halves of a token takes time quadratic in its length.</summary>
    public const int LongestToken = 1024;

    /// <summary>The merges, best first; of those with one score the longer left half first, as in the reference.</summary>
    /// <param name="pieces">The pieces.</param>
    public static IEnumerable<(string Left, string Right)> Of(IReadOnlyList<SentencePiece> pieces)
    {
        Dictionary<string, int> ids = new(pieces.Count, StringComparer.Ordinal);
        for (int id = 0; id < pieces.Count; id++)
            ids[pieces[id].Text] = id;
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> bySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<(float Score, int Left, int Right)>();
        foreach (SentencePiece piece in pieces)
        {
            for (int cut = 1; cut < piece.Text.Length; cut++)
            {
                if (
                    bySpan.TryGetValue(piece.Text.AsSpan(0, cut), out int left)
                    && bySpan.TryGetValue(piece.Text.AsSpan(cut), out int right)
                )
                    merges.Add((piece.Score, left, right));
            }
        }
        return merges
            .OrderByDescending(m => m.Score)
            .ThenByDescending(m => Characters(m.Left))
            .ThenByDescending(m => Characters(m.Right))
            .Select(m => (pieces[m.Left].Text, pieces[m.Right].Text));

        int Characters(int id) => pieces[id].Text.EnumerateRunes().Count();
    }
}
