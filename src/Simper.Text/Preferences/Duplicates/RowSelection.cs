using System.Globalization;

namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Leaves repetitions and contradictions of a data set out, or says that they are there: exact duplicates and contradictions
/// always, since finding them costs nothing; near duplicates where they are asked for.
/// </summary>
public static class RowSelection
{
    private const int MostNamed = 3;

    /// <summary>
    /// The data set without what the options leave out, which is then among its dropped rows; with notes on what stays.
    /// </summary>
    /// <param name="data">The data set.</param>
    /// <param name="options">What is left out.</param>
    /// <param name="cancel">Stops the search for near duplicates.</param>
    /// <exception cref="SimperException">Groups contradict each other, and <see cref="ContradictionRule.Raise"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceDataset Apply(
        PreferenceDataset data,
        SelectionOptions? options = null,
        CancellationToken cancel = default
    )
    {
        options ??= new SelectionOptions();
        var reasons = new SortedDictionary<int, string>();
        var notes = new List<string>();
        // Contradictions first: a pair and its reverse are near duplicates where their answers are nearly the same.
        IReadOnlyList<Contradiction> contradictions = Contradictions.Of(data.Hashes);
        if (contradictions.Count > 0 && options.Contradictions == ContradictionRule.Raise)
            throw Refused(data, contradictions);
        if (options.Contradictions == ContradictionRule.Drop)
        {
            foreach (int group in contradictions.SelectMany(c => c.Groups))
                reasons[group] = DropReasons.Contradicts;
        }
        else if (contradictions.Count > 0)
            notes.Add(Note(data, contradictions));

        int[] left = [.. Enumerable.Range(0, data.Count).Where(i => !reasons.ContainsKey(i))];
        IReadOnlyList<DuplicateRow> exact = ExactDuplicates.Of(reasons.Count == 0 ? data.Hashes : data.Hashes.Select(left));
        if (options.Dedup == Deduplication.None && exact.Count > 0)
            notes.Add(Note(data, [.. exact.Select(d => new DuplicateRow(left[d.Group], left[d.With]))]));
        if (options.Dedup != Deduplication.None)
        {
            foreach (DuplicateRow duplicate in exact)
                reasons.Add(left[duplicate.Group], DropReasons.Repeats);
        }
        if (options.Dedup == Deduplication.Near)
        {
            left = [.. left.Where(i => !reasons.ContainsKey(i))];
            var near = new NearDuplicates { Threshold = options.DedupThreshold };
            foreach (DuplicateRow duplicate in near.Of(left.Length, i => GroupShingles.Of(data[left[i]]), cancel))
                reasons.Add(left[duplicate.Group], DropReasons.NearlyRepeats);
        }
        return data.Without(reasons).Noted(notes);
    }

    /// <summary>The held-out groups with a note on those whose prompts are trained on as well, if there are some.</summary>
    public static PreferenceDataset WithLeaks(PreferenceDataset heldOut, PreferenceDataset train) =>
        LeakNote(train, heldOut) is { } leak ? heldOut.Noted(leak) : heldOut;

    /// <summary>A note on held-out groups whose prompts are trained on as well; null if there are none.</summary>
    internal static string? LeakNote(PreferenceDataset train, PreferenceDataset heldOut)
    {
        IReadOnlyList<(int HeldOut, int Train)> leaks = PromptLeaks.Of(train.Hashes, heldOut.Hashes);
        if (leaks.Count == 0)
            return null;
        string Train(int group) => train.Path == heldOut.Path ? train.NameOf(group) : train.PlaceOf(group);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{leaks.Count:N0} of {heldOut.Count:N0} rows have a prompt that is trained on as well, so they are not held out "
                + $"({Listed(leaks, l => $"{heldOut.NameOf(l.HeldOut)} that of {Train(l.Train)}")})"
        );
    }

    private static string Note(PreferenceDataset data, DuplicateRow[] exact) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{exact.Length:N0} {(exact.Length == 1 ? "row repeats" : "rows repeat")} an earlier one word for word "
                + $"({Listed(exact, d => $"{data.NameOf(d.Group)} repeats {data.NameOf(d.With)}")}); "
                + $"dedup: exact leaves them out"
        );

    private static string Note(PreferenceDataset data, IReadOnlyList<Contradiction> found)
    {
        int rows = found.SelectMany(c => c.Groups).Distinct().Count();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows:N0} {(rows == 1 ? "row contradicts itself or others" : "rows contradict each other")} "
                + $"({Listed(found, c => Told(data, c))}); contradictions: drop leaves them out"
        );
    }

    private static SimperException Refused(PreferenceDataset data, IReadOnlyList<Contradiction> found)
    {
        Contradiction first = found[0];
        return new SimperException(
            $"{string.Join(" and ", first.Groups.Take(MostNamed).Select(data.PlaceOf))} contradict each other: "
                + $"{Said(first.Kind)} under the same prompt"
                + (found.Count > 1 ? $", and there are {found.Count - 1} more contradictions" : "")
                + "; correct the labels, or give contradictions: drop, which leaves such rows out, or keep."
        );
    }

    private static string Told(PreferenceDataset data, Contradiction contradiction) =>
        $"{string.Join(" and ", contradiction.Groups.Take(MostNamed).Select(data.NameOf))}"
        + $"{(contradiction.Groups.Count > MostNamed ? " and others" : "")}: {Said(contradiction.Kind)}";

    private static string Said(ContradictionKind kind) =>
        kind switch
        {
            ContradictionKind.Reversed => "of the same two answers each is preferred to the other",
            ContradictionKind.Cycle => "the same answers are preferred to each other in a circle",
            _ => "the same answer is labelled good and bad",
        };

    private static string Listed<T>(IReadOnlyList<T> all, Func<T, string> name) =>
        string.Join("; ", all.Take(MostNamed).Select(name)) + (all.Count > MostNamed ? "; ..." : "");
}
