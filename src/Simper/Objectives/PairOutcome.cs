using Simper.Batching;
using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>
/// The results of one group: what every average is computed from. For ranked answers these are the best and the worst; a single
/// answer is the chosen or the rejected one, and the other side is NaN.
/// </summary>
/// <param name="Row">The row of the data set.</param>
/// <param name="Loss">The objective's loss.</param>
/// <param name="Weight">The group's weight in the mean loss.</param>
/// <param name="ChosenReward">The objective's reward of the chosen answer.</param>
/// <param name="RejectedReward">And of the rejected one; NaN where there is none.</param>
/// <param name="ChosenSum">Σ log π(chosen).</param>
/// <param name="RejectedSum">Σ log π(rejected); NaN where there is none.</param>
/// <param name="ChosenTokens">Scored tokens of the chosen answer.</param>
/// <param name="RejectedTokens">And of the rejected one; 0 where there is none.</param>
public readonly record struct PairOutcome(
    int Row,
    double Loss,
    double Weight,
    double ChosenReward,
    double RejectedReward,
    double ChosenSum,
    double RejectedSum,
    int ChosenTokens,
    int RejectedTokens
)
{
    /// <summary>
    /// The sum that the objective sees of the chosen answer: <see cref="ChosenSum"/>, or another weighting of its tokens.
    /// </summary>
    public double ChosenSeen { get; init; } = ChosenSum;

    /// <summary>And of the rejected one.</summary>
    public double RejectedSeen { get; init; } = RejectedSum;

    /// <summary>
    /// dL / d <see cref="ChosenSeen"/>, where L is the loss of this pair divided by its weight; NaN if there is none, or it was
    /// not computed.
    /// </summary>
    public double ChosenGradient { get; init; } = double.NaN;

    /// <summary>And of the rejected answer.</summary>
    public double RejectedGradient { get; init; } = double.NaN;

    /// <summary>
    /// The group's weight in other means: 1, or less in a larger micro-batch where micro-batches are weighted equally.
    /// </summary>
    public double Share { get; init; } = 1;

    /// <summary>
    /// The micro-batch of the group, where means are means of micro-batch means; null where they are over all groups.
    /// </summary>
    public int? Batch { get; init; }

    /// <summary>
    /// Whether rewards and log-probs of the group are logged: TRL's CPOTrainer logs from each micro-batch of a step only as many
    /// as its last one has.
    /// </summary>
    public bool IsLogged { get; init; } = true;

    /// <summary>The group's place in its data set, from 0, which no other group has.</summary>
    public int Place { get; init; }

    /// <summary>
    /// The weight of the chosen answer (<see cref="Text.Preferences.TokenizedGroup.Weights"/>); NaN where there is none.
    /// </summary>
    public double ChosenWeight { get; init; } = double.NaN;

    /// <summary>And of the rejected one.</summary>
    public double RejectedWeight { get; init; } = double.NaN;

    /// <summary>Whether the chosen answer was truncated.</summary>
    public bool ChosenWasCut { get; init; }

    /// <summary>Whether the rejected answer was truncated.</summary>
    public bool RejectedWasCut { get; init; }

    /// <summary>Further figures by the names they are logged under.</summary>
    public IReadOnlyList<(string Name, double Value)> Figures { get; init; } = [];

    /// <summary>Mean log-prob per token of the chosen answer; NaN where there is none.</summary>
    public double ChosenMean => ChosenTokens == 0 ? double.NaN : ChosenSum / ChosenTokens;

    /// <summary>Mean log-prob per token of the rejected answer; NaN where there is none.</summary>
    public double RejectedMean => RejectedTokens == 0 ? double.NaN : RejectedSum / RejectedTokens;

    /// <summary>Whether the chosen answer has the strictly higher reward.</summary>
    public bool IsRight => ChosenReward > RejectedReward;

    /// <summary>Reward of the chosen minus that of the rejected answer.</summary>
    public double Margin => ChosenReward - RejectedReward;

    /// <summary>Reads the outcomes of groups.</summary>
    /// <param name="objective">What was evaluated.</param>
    /// <param name="scores">Its input.</param>
    /// <param name="loss">Its result.</param>
    /// <param name="gradient">d Σ loss / d sum of every answer [A], if known.</param>
    internal static PairOutcome[] Of(Objective objective, BatchScores scores, PairLoss loss, Tensor? gradient = null)
    {
        using var noGrad = no_grad();
        double[] losses = loss.Loss.ToArray();
        double[] rewards = loss.Rewards.ToArray();
        double[] plain = new Column(scores.PlainSums).ToArray();
        double[] seen = new Column(scores.Sums).ToArray();
        double[]? gradients = gradient is null ? null : new Column(gradient).ToArray();
        (string Name, double[] Values)[] figures =
        [
            .. loss.Figures.Select(f => (f.Name, new Column(f.Values.Tensor.expand(losses.Length)).ToArray())),
        ];
        var outcomes = new PairOutcome[scores.Groups];
        int answer = 0;
        int reward = 0;
        for (int group = 0; group < outcomes.Length; group++)
        {
            int first = answer;
            int prompt = -1;
            int chosen = -1;
            int rejected = -1;
            int firstReward = reward;
            for (; answer < scores.Answers.Count && scores.Answers[answer].Group == group; answer++)
            {
                MicroBatch.Answer of = scores.Answers[answer];
                if (of.Index == MicroBatch.PromptIndex)
                {
                    prompt = answer;
                    continue;
                }
                if (of.Weight > 0 && chosen < 0)
                    chosen = answer;
                if (of.Weight < 0)
                    rejected = answer;
                reward++;
            }
            double At(double[] numbers, int at) => at < 0 ? double.NaN : numbers[at];
            double RewardAt(int at) => at < 0 ? double.NaN : rewards[firstReward + at - first];
            int Tokens(int at) => at < 0 ? 0 : scores.Answers[at].ScoredTokens;
            double WeightAt(int at) => at < 0 ? double.NaN : scores.Answers[at].Weight;
            bool WasCut(int at) => at >= 0 && scores.Answers[at].WasCut;
            double weight = objective.Weight(scores.Answers[first].ScoredTokens, Tokens(prompt));
            double GradientAt(int at) => gradients is null ? double.NaN : At(gradients, at) / weight;
            outcomes[group] = new PairOutcome(
                scores.Answers[first].Row,
                losses[group],
                weight,
                RewardAt(chosen),
                RewardAt(rejected),
                At(plain, chosen),
                At(plain, rejected),
                Tokens(chosen),
                Tokens(rejected)
            )
            {
                ChosenSeen = At(seen, chosen),
                RejectedSeen = At(seen, rejected),
                ChosenGradient = GradientAt(chosen),
                RejectedGradient = GradientAt(rejected),
                Place = scores.Answers[first].Place,
                ChosenWeight = WeightAt(chosen),
                RejectedWeight = WeightAt(rejected),
                ChosenWasCut = WasCut(chosen),
                RejectedWasCut = WasCut(rejected),
                Figures = [.. figures.Select(f => (f.Name, f.Values[group]))],
            };
        }
        return outcomes;
    }
}
