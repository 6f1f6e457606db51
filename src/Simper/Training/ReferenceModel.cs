using Simper.Batching;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// A reference model in memory, evaluated at every pass. It costs that memory and a third of the step more than
/// <see cref="ReferenceScores"/>, and can follow the policy (TR-DPO, Gorbatovski et al. 2024; TRL's <c>sync_ref_model</c>). Not
/// thread safe. The caller owns the model.
/// </summary>
/// <param name="model">The reference; loaded trainable if it follows the policy.</param>
public sealed class ReferenceModel(LanguageModel model) : Reference
{
    /// <summary>Steps between its moves towards the policy; 0 for never (<c>ref_model_sync_steps</c>).</summary>
    public int SyncSteps { get; init; }

    /// <summary>α: it becomes α policy + (1 - α) reference (<c>ref_model_mixup_alpha</c>); 1 is a hard update.</summary>
    public double MixupAlpha { get; init; } = 0.6;

    internal override Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type)
    {
        using ScoringPass pass = ScoringPass.Forward(model.Decoder, batch, forBackward: false);
        return pass.Sums.to(type, copy: true);
    }

    // One that does not follow the policy is made anew from the model of the start.
    internal override IReadOnlyList<Parameter> State => SyncSteps == 0 ? [] : model.Parameters;

    internal override void AfterStep(LanguageModel policy, int step)
    {
        if (SyncSteps == 0 || step % SyncSteps != 0)
            return;
        using var noGrad = no_grad();
        foreach ((Parameter own, Parameter theirs) in model.Parameters.Zip(policy.Parameters))
        {
            using var scope = NewDisposeScope();
            own.Weight.Set(theirs.Values().Times(MixupAlpha).Plus(own.Values().Times(1 - MixupAlpha)));
        }
    }
}
