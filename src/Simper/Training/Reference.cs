using Simper.Batching;
using Simper.Models;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// What the policy is held to: log-probs that were computed before (<see cref="ReferenceScores"/>) or a model that is asked
/// (<see cref="ReferenceModel"/>).
/// </summary>
public abstract class Reference
{
    /// <summary>The sums of a micro-batch's answers [A] in the type given, prompts 0.</summary>
    internal abstract Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type);

    /// <summary>Called behind each optimizer step, from 1.</summary>
    internal virtual void AfterStep(LanguageModel policy, int step) { }
}
