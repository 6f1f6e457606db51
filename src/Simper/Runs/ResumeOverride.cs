namespace Simper.Runs;

/// <summary>
/// What may differ from the checkpoint that a run goes on from (<c>resume_override</c>). The model's weights, its dtype, random
/// weights of a new model, and a reference that follows the policy may never: a checkpoint's tensors are made of them.
/// </summary>
[Flags]
public enum ResumeOverride
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The recipe's keys.</summary>
    Recipe = 1,

    /// <summary>The rows, or the tokens made of them.</summary>
    Data = 2,
}
