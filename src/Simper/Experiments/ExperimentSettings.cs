namespace Simper.Experiments;

/// <summary>What is measured, and how often: the same for all arms.</summary>
public sealed record ExperimentSettings
{
    /// <summary>
    /// Steps between two measurements; 0 for about <see cref="Points"/> of them. The first and last step are always measured.
    /// </summary>
    public int Every { get; init; }

    /// <summary>About how many measurements after the first, where <see cref="Every"/> does not say.</summary>
    public int Points { get; init; } = 8;

    /// <summary>At most this many held-out pairs, drawn at random; 0 takes all.</summary>
    public int HeldOutPairs { get; init; } = 256;

    /// <summary>At most this many pairs of the training data, drawn at random; 0 measures none.</summary>
    public int TrainPairs { get; init; } = 64;

    /// <summary>
    /// Held-out prompts that every arm answers greedily when it is done, taken from the second half, which takes no part in any
    /// choice.
    /// </summary>
    public int Answers { get; init; }

    /// <summary>Maximum length of these answers, in tokens.</summary>
    public int AnswerTokens { get; init; } = 96;
}
