namespace Simper.Batching;

/// <summary>What is computed for a micro-batch's answers beyond the sums of their log-probs. Immutable.</summary>
public sealed record ScoreNeeds
{
    /// <summary>The sums of all answers, nothing else.</summary>
    public static ScoreNeeds Sums { get; } = new();

    /// <summary>How many answers of each group take part, from the first on: supervised losses need the chosen alone.</summary>
    public int AnswersPerGroup { get; init; } = int.MaxValue;

    /// <summary>Whether the prompt's own tokens are scored too, all but its first: ORPO's NLL counts them.</summary>
    public bool Prompts { get; init; }

    /// <summary>
    /// The weight of tokens beyond the length of the group's shortest answer: α of LD-DPO, 1 elsewhere.
    /// </summary>
    public double TailWeight { get; init; } = 1;

    /// <summary>
    /// Whether every token is weighted by its own probability, detached from the gradient (dynamic fine-tuning).
    /// </summary>
    public bool ByProbability { get; init; }

    /// <summary>Whether the mean of log p - log Σ p² over an answer's tokens is computed (WPO's weights).</summary>
    public bool Confidence { get; init; }

    /// <summary>
    /// Whether float32 log-probs are those of libtorch's log-softmax, to the rounding of other programs, and it is told of every
    /// token if it is the most likely one at its place.
    /// </summary>
    public bool AsLibTorch { get; init; }
}
