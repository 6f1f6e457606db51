namespace Simper.Benchmarks;

/// <summary>How prompts are made, beyond what the task says.</summary>
public sealed record PromptOptions
{
    /// <summary>Shots in place of the task's number; a task that says 0 keeps it, as in the harness.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Seed of Python's generator that chooses the shots (<c>fewshot_seed</c>).</summary>
    public long FewshotSeed { get; init; } = 1234;

    /// <summary>At most so many rows of each task; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Text of a system message in front.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>Whether shots are turns of the conversation; without it they are one message of the user.</summary>
    public bool FewshotAsMultiturn { get; init; }

    /// <summary>The data folder; null for none.</summary>
    public string? DataFolder { get; init; }
}
