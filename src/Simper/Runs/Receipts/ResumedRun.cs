namespace Simper.Runs.Receipts;

/// <summary>That a run was resumed from a checkpoint.</summary>
public sealed record ResumedRun
{
    /// <summary>The step after which it went on.</summary>
    public required int Step { get; init; }

    /// <summary>What its numbers' last bits depended on from there.</summary>
    public required IReadOnlyDictionary<string, string> Program { get; init; }

    /// <summary>What of recipe and data was other than before, allowed by <c>resume_override</c>; in sentences.</summary>
    public IReadOnlyList<string> Overridden { get; init; } = [];

    /// <summary>The recipe from there on, line by line, where it was another one; else null.</summary>
    public IReadOnlyList<string>? Recipe { get; init; }
}
