using Simper.Objectives;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>The start's log-probs, computed once for all arms that need the same scores of the same rows.</summary>
internal sealed class SharedReferences
{
    private readonly Dictionary<(PreferenceKind, double, long), ReferenceScores> _scores = [];

    /// <summary>The scores of an arm's training rows and of the measured rows.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="setup">The model before the first step, and the rows that the arm's steps will see.</param>
    /// <param name="measured">What is measured.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public ReferenceScores Of(Arm arm, RunSetup setup, IReadOnlyList<TokenizedGroup> measured, CancellationToken cancel)
    {
        if (!_scores.TryGetValue(Key(arm), out ReferenceScores? scores))
        {
            // Short runs see a part of the data, in an order that depends on the seed. Mismatched answers differ in every epoch.
            int steps =
                arm.Spec.Objective.Takes == PreferenceKind.Mismatched
                    ? setup.TotalSteps
                    : Math.Min(setup.TotalSteps, setup.Order.StepsPerEpoch);
            scores = _scores[Key(arm)] = setup.Score([.. setup.Order.GroupsOfFirst(steps), .. measured], cancel);
        }
        return scores;
    }

    /// <summary>Drops what no later arm needs.</summary>
    public void Drop(IEnumerable<Arm> toCome)
    {
        HashSet<(PreferenceKind, double, long)> asked = [.. toCome.Where(a => a.Spec.Objective.NeedsReference).Select(Key)];
        foreach ((PreferenceKind, double, long) key in _scores.Keys.Where(k => !asked.Contains(k)).ToArray())
            _scores.Remove(key);
    }

    // Pairs and weighted answers are the same rows.
    private static (PreferenceKind, double, long) Key(Arm arm) =>
        (
            arm.Spec.Objective.Takes == PreferenceKind.Weighted ? PreferenceKind.Pairs : arm.Spec.Objective.Takes,
            arm.Spec.Objective.Needs.TailWeight,
            arm.Seed
        );
}
