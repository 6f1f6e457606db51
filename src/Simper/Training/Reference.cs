using Simper.Batching;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// The reference of a policy: log-probs computed in advance (<see cref="ReferenceScores"/>) or a model evaluated at every pass
/// (<see cref="ReferenceModel"/>).
/// </summary>
public abstract class Reference
{
    /// <summary>The sums of a micro-batch's answers [A] in the given dtype, 0 for prompts.</summary>
    internal abstract Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type);

    /// <summary>What changes with the steps, and so belongs to the state of a run.</summary>
    internal virtual IReadOnlyList<Parameter> State => [];

    /// <summary>Called after each optimizer step, counted from 1.</summary>
    internal virtual void AfterStep(LanguageModel policy, int step) { }
}
