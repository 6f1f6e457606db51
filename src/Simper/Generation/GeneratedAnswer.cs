namespace Simper.Generation;

/// <summary>What was generated for one prompt.</summary>
/// <param name="Ids">The new tokens, the stop token included when one ended the answer.</param>
/// <param name="Finish">Why it ended.</param>
public sealed record GeneratedAnswer(IReadOnlyList<int> Ids, FinishReason Finish);

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token of the checkpoint came.</summary>
    Stop,

    /// <summary>As many tokens as were allowed, or the model's longest sequence.</summary>
    Length,
}
