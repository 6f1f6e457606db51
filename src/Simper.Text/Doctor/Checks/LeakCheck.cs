using System.Globalization;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Prompts of the evaluation data that are trained on, or nearly.</summary>
internal sealed class LeakCheck : IFileCheck
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

    private readonly PreferenceDataset _evaluation;
    private readonly Func<int, PreferenceGroup> _groupAt;
    private readonly CancellationToken _cancel;
    private readonly Dictionary<UInt128, int> _heldOut = [];
    private readonly RowList _leaks = new();
    private readonly List<(int Index, int File, int Row)> _others = [];

    /// <param name="evaluation">The evaluation data.</param>
    /// <param name="groupAt">Reads a row again, by its place among all rows.</param>
    /// <param name="cancel">Stops the search for near copies.</param>
    public LeakCheck(PreferenceDataset evaluation, Func<int, PreferenceGroup> groupAt, CancellationToken cancel)
    {
        (_evaluation, _groupAt, _cancel) = (evaluation, groupAt, cancel);
        for (int i = 0; i < evaluation.Count; i++)
            _heldOut.TryAdd(evaluation.Hashes.Prompts[i], i);
    }

    public void Add(ExaminedRow row, int index)
    {
        if (row.LeftOut is not null)
            return;
        if (_heldOut.TryGetValue(row.Facts.Hash.Prompt, out int with))
            _leaks.Add(row, _evaluation.PlaceOf(with));
        else
            _others.Add((index, row.File, row.Number));
    }

    public void End(FoundRows found)
    {
        _leaks.AddTo(found, Leak);
        // The evaluation data come first, so that copies are copies of theirs.
        int held = _evaluation.Count;
        IReadOnlyList<DuplicateRow> near = new NearDuplicates().Of(
            held + _others.Count,
            i => GroupShingles.OfPrompt(i < held ? _evaluation[i] : _groupAt(_others[i - held].Index)),
            _cancel
        );
        foreach (DuplicateRow row in near.Where(n => n.Group >= held && n.With < held))
        {
            (_, int file, int number) = _others[row.Group - held];
            string similarity = row.Similarity.ToString("F2", CultureInfo.InvariantCulture);
            found.Add(Near, new FoundRow(file, number, $"{_evaluation.PlaceOf(row.With)}, similarity {similarity}"));
        }
    }
}
