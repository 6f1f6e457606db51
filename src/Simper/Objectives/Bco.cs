using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Binary classifier optimization (BCO, Jung et al. 2024, eq. 9) on single answers:
/// <code>L = -λ_D log σ(βΔ - δ) for a good answer, -λ_U log σ(-(βΔ - δ)) for a bad one.</code>
/// The reward shift δ = ½ (E[βΔ | good] + E[βΔ | bad]) is estimated on the batch, detached from the gradient; where the
/// batch has only one kind, from that kind's mean. (The authors keep a moving average of it. Their weights from a classifier of
/// prompts are not implemented.)
/// </summary>
public sealed record Bco : UnpairedObjective
{
    public static ObjectiveKind<Bco> Kind { get; } = new(new Bco(), SharedKeys<Bco>());

    public override string Name => "bco";

    public override bool IsBatchDependent => true;

    public override PairLoss Evaluate(PairScores scores)
    {
        Column rewards = Beta * scores.LogRatios;
        Column own = scores.Chosen(rewards);
        Column sign = scores.Chosen(scores.Weights).Sign();
        Column shift = Shift(own.Detach(), sign);
        return new PairLoss(-LabelWeights(scores) * LogSigmoid(sign * (own - shift)), rewards)
        {
            Figures = [("reward_shift", shift)],
        };
    }

    private static Column Shift(Column rewards, Column sign)
    {
        Column good = sign.IsAbove(0);
        Column[] means =
        [
            .. new[] { good, 1 - good }
                .Where(side => side.ToArray().Any(s => s > 0))
                .Select(side => (rewards * side).Sum() / side.Sum()),
        ];
        return means.Aggregate((x, y) => x + y) / means.Length;
    }
}
