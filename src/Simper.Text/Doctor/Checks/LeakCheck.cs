using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Prompts of the evaluation data that are trained on.</summary>
internal sealed class LeakCheck : IFileCheck
{
    public static readonly Check Leak = new(
        "eval-leak",
        Grade.Error,
        "the prompt is in the evaluation data, too",
        "What is measured on it is not held out: figures are better than the model.",
        "Take the row out of one of the two."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Leak];

    private readonly Dictionary<UInt128, int> _heldOut = [];
    private readonly RowList _rows = new();

    /// <param name="evaluation">The evaluation data.</param>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public LeakCheck(PreferenceDataset evaluation)
    {
        for (int i = 0; i < evaluation.Count; i++)
            _heldOut.TryAdd(evaluation.Hashes.Prompts[i], i + 1);
    }

    public void Add(ExaminedRow row, int index)
    {
        if (row.LeftOut is null && _heldOut.TryGetValue(row.Facts.Hash.Prompt, out int with))
            _rows.Add(row, $"usable row {with} of the evaluation data");
    }

    public void End(FoundRows found) => _rows.AddTo(found, Leak);
}
