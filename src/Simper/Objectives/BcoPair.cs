using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// TRL's <c>bco_pair</c>: a classifier of each answer by its reward, without the shift of <see cref="Bco"/>,
/// <code>L = -log σ(βΔ(chosen)) - log σ(-βΔ(rejected)).</code>
/// </summary>
public sealed record BcoPair : ReferenceObjective
{
    public static ObjectiveKind<BcoPair> Kind { get; } = new(new BcoPair(), [.. SharedKeys<BcoPair>()]);

    public override string Name => "bco_pair";

    protected override bool HasSeparableLoss => true;

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        -LogSigmoid(Beta * chosen) - LogSigmoid(-Beta * rejected);
}
