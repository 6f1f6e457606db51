namespace Simper.Generation;

/// <summary>What was generated for one prompt.</summary>
/// <param name="Ids">The new tokens, the stop token included when one ended the answer.</param>
/// <param name="Finish">Why it ended.</param>
public sealed record GeneratedAnswer(IReadOnlyList<int> Ids, FinishReason Finish);

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model emitted one of the checkpoint's stop tokens.</summary>
    Stop,

    /// <summary>The token limit, or the model's longest sequence, was reached.</summary>
    Length,
}
