using System.Globalization;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Prompts of the evaluation data that are trained on, or nearly.</summary>
/// <param name="evaluation">The evaluation data.</param>
/// <param name="rows">The rows and their hashes.</param>
/// <param name="cancel">Stops the search for near copies.</param>
internal sealed class LeakCheck(PreferenceDataset evaluation, DuplicateChecks rows, CancellationToken cancel) : IFileCheck
{
    public static readonly Check Leak = new(
        "eval-leak",
        Grade.Error,
        "the prompt is in the evaluation data, too",
        "What is measured on it is not held out: figures are better than the model.",
        "Take the row out of one of the two."
    );

    public static readonly Check Near = new(
        "eval-near-leak",
        Grade.Warning,
        "the prompt is nearly one of the evaluation data: four of five shingles are the same, or more",
        "What is measured on it is hardly held out.",
        "Take the row out of one of the two."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Leak, Near];

    // The hashes of rows are kept by the search for duplicates.
    public void Add(ExaminedRow row, int index) { }

    public void End(FoundRows found)
    {
        // The other way round: rows that have a prompt of the evaluation data, each with the first there.
        IReadOnlyList<(int Row, int With)> leaks = PromptLeaks.Of(evaluation.Hashes, rows.Hashes);
        foreach ((int row, int with) in leaks)
            found.Add(Leak, rows.RowOf(row, evaluation.PlaceOf(with)));
        int[] others = [.. Enumerable.Range(0, rows.Hashes.Count).Except(leaks.Select(l => l.Row))];
        // The evaluation data come first, so that copies are copies of theirs.
        int held = evaluation.Count;
        IReadOnlyList<DuplicateRow> near = new NearDuplicates().Of(
            held + others.Length,
            i => GroupShingles.OfPrompt(i < held ? evaluation[i] : rows.GroupOf(others[i - held])),
            cancel
        );
        foreach (DuplicateRow row in near.Where(n => n.Group >= held && n.With < held))
        {
            string similarity = row.Similarity.ToString("F2", CultureInfo.InvariantCulture);
            found.Add(Near, rows.RowOf(others[row.Group - held], $"{evaluation.PlaceOf(row.With)}, similarity {similarity}"));
        }
    }
}
