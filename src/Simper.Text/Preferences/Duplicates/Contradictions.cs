namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Finds groups of one prompt that contradict each other, by their hashes alone: prompts and answers count as equal in their
/// <see cref="NormalForm"/>, under the same tools and template variables. Deterministic.
/// </summary>
public static class Contradictions
{
    /// <summary>All of them, by their first group.</summary>
    public static IReadOnlyList<Contradiction> Of(GroupHashes hashes) =>
        [
            .. Repeats
                .GroupsOf(Repeats.FirstOf(hashes.Prompts))
                .SelectMany(groups => OfOnePrompt(hashes, groups))
                .OrderBy(c => c.Groups[0]),
        ];

    private static IEnumerable<Contradiction> OfOnePrompt(GroupHashes hashes, int[] groups)
    {
        foreach (Contradiction label in Labels(hashes, groups))
            yield return label;
        var preferences = new Dictionary<(ulong Better, ulong Worse), List<int>>();
        foreach (int group in groups)
        {
            foreach ((ulong, ulong) preference in PreferencesOf(hashes, group))
            {
                if (!preferences.TryGetValue(preference, out List<int>? said))
                    preferences.Add(preference, said = []);
                if (said.Count == 0 || said[^1] != group)
                    said.Add(group);
            }
        }
        (ulong Better, ulong Worse)[] reversed = [.. preferences.Keys.Where(p => preferences.ContainsKey((p.Worse, p.Better)))];
        foreach ((ulong better, ulong worse) in reversed.Where(p => p.Better < p.Worse))
            yield return new Contradiction(
                ContradictionKind.Reversed,
                [.. preferences[(better, worse)].Union(preferences[(worse, better)]).Order()]
            );
        foreach ((ulong, ulong) preference in reversed)
            preferences.Remove(preference);
        foreach (int[] cycle in PreferenceCycles.Of(preferences))
            yield return new Contradiction(ContradictionKind.Cycle, cycle);
    }

    private static IEnumerable<Contradiction> Labels(GroupHashes hashes, int[] groups) =>
        groups
            .Where(g => hashes.AnswersOf(g).Length == 1)
            .GroupBy(g => hashes.AnswersOf(g)[0])
            .Where(same => same.Select(g => hashes.LevelsOf(g)[0]).Distinct().Count() > 1)
            .Select(same => new Contradiction(ContradictionKind.Label, [.. same]));

    // Equal answers of one group say nothing of each other, whatever their levels.
    private static List<(ulong Better, ulong Worse)> PreferencesOf(GroupHashes hashes, int group)
    {
        ReadOnlySpan<ulong> answers = hashes.AnswersOf(group);
        ReadOnlySpan<byte> levels = hashes.LevelsOf(group);
        var preferences = new List<(ulong, ulong)>();
        for (int i = 0; i < answers.Length; i++)
        {
            for (int j = 0; j < answers.Length; j++)
            {
                if (levels[i] < levels[j] && answers[i] != answers[j])
                    preferences.Add((answers[i], answers[j]));
            }
        }
        return preferences;
    }
}
