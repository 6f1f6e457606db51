using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>
/// Self-play preference optimization with hard labels (SPPO, Wu et al. 2024; TRL's <c>sppo_hard</c>):
/// <code>L = (Δ(chosen) - 1/(2β))² + (Δ(rejected) + 1/(2β))².</code>
/// </summary>
public sealed record SppoHard : ReferenceObjective
{
    public static ObjectiveKind<SppoHard> Kind { get; } = new(new SppoHard(), [.. SharedKeys<SppoHard>()]);

    public override string Name => "sppo_hard";

    protected override bool HasSeparableLoss => true;

    protected override bool TakesDivergence => false;

    protected override Tensor Loss(PairScores scores, Tensor chosen, Tensor rejected) =>
        (chosen - 0.5 / Beta).square() + (rejected + 0.5 / Beta).square();
}
