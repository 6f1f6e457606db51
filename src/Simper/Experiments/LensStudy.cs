using Simper.Analysis;
using Simper.Reports;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// A recipe's pairs as several objectives see them: which pairs each would push, and where they disagree. Immutable.
/// </summary>
public sealed class LensStudy
{
    private readonly PreferenceDataset _rows;

    private LensStudy(PreferenceLens lens, bool isOwnReference, PreferenceDataset rows) =>
        (Lens, IsOwnReference, _rows) = (lens, isOwnReference, rows);

    /// <summary>The results.</summary>
    public PreferenceLens Lens { get; }

    /// <summary>
    /// Whether the policy is its own reference and an objective needs one: those that see only sums of log-ratios then push all
    /// pairs equally.
    /// </summary>
    public bool IsOwnReference { get; }

    /// <summary>Scores the pairs, and evaluates the objectives on them.</summary>
    /// <param name="recipe">Model and data.</param>
    /// <param name="objectives">The objectives; over pairs (<see cref="PairLogProbs.ExpectSeen"/>).</param>
    /// <param name="sample">Which pairs are measured.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LensStudy Run(
        Recipe recipe,
        IReadOnlyList<ObjectiveSpec> objectives,
        PairSample sample,
        CancellationToken cancel = default
    )
    {
        using var setup = new RunSetup(recipe) { Cancel = cancel };
        IReadOnlyList<TokenizedGroup> pairs = sample.Of(setup);
        ReferenceScores? reference = sample.Reference(setup, pairs, cancel);
        PreferenceLens lens = PreferenceLens.Of(
            PairLogProbs.Measure(setup.Policy, pairs, reference, setup.TokensPerScoringPass, cancel),
            objectives.Select(o => (o.Text, o.Objective)),
            recipe.TrainBatchSize
        );
        return new LensStudy(lens, reference is null && objectives.Any(o => o.Objective.NeedsReference), setup.Rows.Train);
    }

    /// <summary>The pairs on which the objectives disagree most, with their texts, most disagreement first.</summary>
    public IReadOnlyList<(int Index, PreferenceGroup Texts)> Disagreements(int count)
    {
        (int Index, double Distance)[] most = [.. Lens.Disagreements().Take(count)];
        var wanted = most.Select(m => Lens.Pairs[m.Index].Row).ToHashSet();
        Dictionary<int, PreferenceGroup> groups =
            wanted.Count == 0 ? [] : _rows.Where(g => wanted.Contains(g.Row)).ToDictionary(g => g.Row);
        return [.. most.Select(m => (m.Index, groups[Lens.Pairs[m.Index].Row]))];
    }

    /// <summary>The plots.</summary>
    public IEnumerable<(string Name, Figure Figure)> Figures()
    {
        double[] shares = [.. Enumerable.Range(0, Lens.Pairs.Count).Select(i => (i + 0.5) / Lens.Pairs.Count)];
        yield return (
            "lens",
            new Figure
            {
                Title = "Which share of the pairs is pushed how hard",
                XLabel = "pairs, from the least pushed to the hardest",
                YLabel = "push, 1 on the average",
                LogY = true,
                Curves = [.. Lens.Columns.Select(c => new Curve(c.Name, shares, [.. c.Weights.Order()]))],
            }
        );
        double[] margins = [.. Lens.Pairs.Select(p => p.ChosenMean - p.RejectedMean)];
        yield return (
            "lens-margins",
            new Figure
            {
                Title = "Who pushes which pairs",
                XLabel = "mean log-prob of the chosen less that of the rejected answer",
                YLabel = "push, 1 on the average",
                LogY = true,
                Height = 480,
                Curves = [.. Lens.Columns.Select(c => new Curve(c.Name, margins, c.Weights) { Points = true, Line = false })],
            }
        );
    }
}
