using Simper.Ledgers;
using Simper.Reports;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// The pairs that a run's ledger speaks of, read again from the data that its recipe names. Not thread safe.
/// </summary>
public sealed class RunPairs
{
    private readonly PreferenceDataset? _train;
    private readonly PreferenceDataset? _heldOut;

    private RunPairs(Recipe recipe, PreferenceDataset? train, PreferenceDataset? heldOut, string? fault) =>
        (Recipe, _train, _heldOut, Fault) = (recipe, train, heldOut, fault);

    /// <summary>The run's recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>Why texts are not there; null if they are.</summary>
    public string? Fault { get; }

    /// <summary>Opens the data of a run. Where it is gone, there is a <see cref="Fault"/>, and no pair is found.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="SimperException">The run's recipe cannot be read.</exception>
    public static RunPairs Open(string run, CancellationToken cancel = default)
    {
        Recipe recipe = Recipe.Read(Path.Combine(run, "recipe.yaml"), []);
        try
        {
            using var setup = new RunSetup(recipe) { ForScoring = true, Cancel = cancel };
            (PreferenceDataset train, PreferenceDataset? heldOut) = setup.Rows;
            return new RunPairs(recipe, train, heldOut, null);
        }
        catch (SimperException e)
        {
            return new RunPairs(recipe, null, null, $"the data cannot be read again, so there are no texts: {e.Message}");
        }
    }

    /// <summary>The texts of a pair; null where it is not found.</summary>
    public PairTexts? TextsOf(PairKey pair) => Find(pair) is { } group ? PairTexts.Of(group) : null;

    /// <summary>
    /// A pair of the data: the row of its number at or behind its place, since rows that cannot be tokenized have no place. Null
    /// where it is not found.
    /// </summary>
    public PreferenceGroup? Find(PairKey pair)
    {
        PreferenceDataset? rows = pair.Split == LedgerSplit.Train ? _train : _heldOut;
        for (int i = pair.Place; i < rows?.Count; i++)
        {
            if (rows.RowOf(i) == pair.Row)
                return rows[i];
        }
        return null;
    }
}
