using Simper.Generation;

namespace Simper.Serving;

/// <summary>
/// What an engine is asked for: a prompt in ids, how to continue it and what to report. Texts at which to stop are the business
/// of who decodes the ids: <see cref="GenerationSample.Stop"/> ends a sample then.
/// </summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt's ids, at least one; used as they are.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>
    /// How tokens are chosen. Sample i draws from a generator of its own, derived from the seed and i.
    /// <see cref="SamplingSettings.MaxNewTokens"/> is <see cref="MaxTokens"/>'s business here, and not read.
    /// </summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>
    /// At most this many new tokens for each sample; 0 for none, where only the prompt's log-probs are wanted. Cut to what the
    /// model has room for.
    /// </summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>Tokens that end a sample; null for the model's own. The stop token is reported as the last one.</summary>
    public IReadOnlyList<int>? StopIds { get; init; }

    /// <summary>Which tokens may follow; null for all.</summary>
    public ITokenMask? Mask { get; init; }

    /// <summary>How many of the most likely tokens are reported with each token; null for no log-probs at all.</summary>
    public int? LogProbs { get; init; }

    /// <summary>Whether log-probs of the prompt's tokens are reported, too (<c>echo</c>); needs <see cref="LogProbs"/>.</summary>
    public bool ScoresPrompt { get; init; }

    /// <summary>Samples of the same prompt (<c>n</c>), each with its own draws.</summary>
    public int Samples { get; init; } = 1;
}
