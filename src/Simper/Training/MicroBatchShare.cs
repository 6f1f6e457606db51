using Simper.Batching;
using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Training;

/// <summary>What an objective sees at once, and the passes of the model for it.</summary>
/// <param name="Passes">Groups of each pass.</param>
/// <param name="TotalWeight">The divisor of the losses.</param>
/// <param name="Share">Each group's weight in means.</param>
/// <param name="Index">Index of the micro-batch in its step.</param>
/// <param name="First">Index of the first group in the micro-batch.</param>
/// <param name="Logged">Groups of the micro-batch whose rewards are logged.</param>
internal sealed record MicroBatchShare(
    IReadOnlyList<IReadOnlyList<TokenizedGroup>> Passes,
    double TotalWeight,
    double Share,
    int Index = 0,
    int First = 0,
    int Logged = int.MaxValue
)
{
    /// <summary>The micro-batches of a step, in order.</summary>
    public static IEnumerable<MicroBatchShare> Of(IReadOnlyList<TokenizedGroup> groups, Trainer trainer)
    {
        double total = WeightOf(groups, trainer.Objective);
        int answers = trainer.Objective.AskedNeeds.AnswersPerGroup;
        if (!trainer.Objective.IsBatchDependent && !trainer.MicroBatchesCountAlike)
            return MicroBatchPlan
                .Split(groups, trainer.PairsPerMicroBatch, trainer.TokensPerMicroBatch, answers)
                .Select(pass => new MicroBatchShare([pass], total, 1));
        TokenizedGroup[][] batches = [.. groups.Chunk(trainer.PairsPerMicroBatch)];
        int logged = trainer.LogsAsManyPairsAsLast ? batches[^1].Length : int.MaxValue;
        return batches.SelectMany(
            (batch, index) =>
            {
                double weight = trainer.MicroBatchesCountAlike ? batches.Length * WeightOf(batch, trainer.Objective) : total;
                double share = trainer.MicroBatchesCountAlike ? (double)groups.Count / (batches.Length * batch.Length) : 1;
                IReadOnlyList<TokenizedGroup>[] passes =
                [
                    .. MicroBatchPlan.Split(batch, int.MaxValue, trainer.TokensPerMicroBatch, answers),
                ];
                int first = 0;
                return trainer.Objective.IsBatchDependent
                    ? [new MicroBatchShare(passes, weight, share, index, Logged: logged)]
                    : passes.Select(pass => new MicroBatchShare(
                        [pass],
                        weight,
                        share,
                        index,
                        (first += pass.Count) - pass.Count,
                        logged
                    ));
            }
        );
    }

    private static double WeightOf(IReadOnlyList<TokenizedGroup> groups, Objective objective) =>
        groups.Sum(g => objective.Weight(MicroBatch.ScoredTokensOf(g, 0), MicroBatch.PromptTokensOf(g)));
}
