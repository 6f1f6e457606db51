using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Noise contrastive alignment on pairs (NCA, Chen et al. 2024; TRL's <c>nca_pair</c>):
/// <code>L = -log σ(βΔ(chosen)) - ½ log σ(-βΔ(chosen)) - ½ log σ(-βΔ(rejected)).</code>
/// </summary>
public sealed record NcaPair : ReferenceObjective
{
    public static ObjectiveKind<NcaPair> Kind { get; } = new(new NcaPair(), [.. SharedKeys<NcaPair>()]);

    public override string Name => "nca_pair";

    protected override bool HasSeparableLoss => true;

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        -LogSigmoid(Beta * chosen) - 0.5 * LogSigmoid(-Beta * chosen) - 0.5 * LogSigmoid(-Beta * rejected);
}
