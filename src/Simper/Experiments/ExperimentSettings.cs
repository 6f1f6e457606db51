namespace Simper.Experiments;

/// <summary>What is measured, and how often: the same for all arms.</summary>
public sealed record ExperimentSettings
{
    /// <summary>
    /// Steps between two measurements; 0 for about <see cref="Points"/> of them. Start and end are always measured.
    /// </summary>
    public int Every { get; init; }

    /// <summary>About how many measurements behind the start, where <see cref="Every"/> does not say.</summary>
    public int Points { get; init; } = 8;

    /// <summary>At most so many held-out pairs, drawn by chance; 0 takes all.</summary>
    public int HeldOutPairs { get; init; } = 256;

    /// <summary>At most so many pairs of the training data, drawn by chance; 0 measures none.</summary>
    public int TrainPairs { get; init; } = 64;

    /// <summary>
    /// Held-out prompts that every arm answers at its end, greedily: of the second half, which chooses nothing.
    /// </summary>
    public int Answers { get; init; }

    /// <summary>Longest of these answers, in tokens.</summary>
    public int AnswerTokens { get; init; } = 96;
}
