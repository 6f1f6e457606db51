using Simper.Objectives;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// Pairs as an arm's objective takes them: as they are, or split batch by batch for losses over single answers, so that every
/// step of every arm sees the same pairs.
/// </summary>
/// <param name="recipe">The recipe of the arm, in pairs.</param>
internal sealed class ArmRows(Recipe recipe)
{
    /// <summary>How many rows a pair becomes.</summary>
    public int PerPair => recipe.Objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched ? 2 : 1;

    /// <summary>
    /// The rows of pairs. In each batch the chosen answers come first, and are mismatched with the rejected ones where the
    /// objective needs it.
    /// </summary>
    public IReadOnlyList<TokenizedGroup> Of(IReadOnlyList<TokenizedGroup> pairs) =>
        PerPair == 1
            ? pairs
            :
            [
                .. pairs
                    .Chunk(recipe.TrainBatchSize)
                    .SelectMany(batch => recipe.Objective.Arrange(batch, PerPair * batch.Length, recipe.MaxLength)),
            ];

    /// <summary>Results for the rows of <see cref="Of"/>, regrouped by pair.</summary>
    public IReadOnlyList<MeasuredPair> Join(IReadOnlyList<PairOutcome> rows)
    {
        if (PerPair == 1)
            return
            [
                .. rows.Select(o => new MeasuredPair(
                    o.Row,
                    o.ChosenTokens,
                    o.RejectedTokens,
                    o.ChosenSum,
                    o.RejectedSum,
                    o.ChosenReward,
                    o.RejectedReward,
                    o.Loss,
                    o.Weight
                )),
            ];
        return
        [
            .. rows.Chunk(PerPair * recipe.TrainBatchSize)
                .SelectMany(batch =>
                    batch
                        .Take(batch.Length / 2)
                        .Zip(
                            batch.Skip(batch.Length / 2),
                            (good, bad) =>
                                new MeasuredPair(
                                    good.Row,
                                    good.ChosenTokens,
                                    bad.RejectedTokens,
                                    good.ChosenSum,
                                    bad.RejectedSum,
                                    good.ChosenReward,
                                    bad.RejectedReward,
                                    good.Loss + bad.Loss,
                                    good.Weight + bad.Weight
                                )
                        )
                ),
        ];
    }
}
