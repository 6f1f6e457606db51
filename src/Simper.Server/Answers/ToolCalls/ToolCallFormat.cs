namespace Simper.Server.Answers.ToolCalls;

/// <summary>How a model writes calls of tools.</summary>
internal sealed record ToolCallFormat
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Marks before calls; empty where calls are a whole answer.</summary>
    public IReadOnlyList<string> Opens { get; init; } = [];

    /// <summary>The mark after calls; null where they go on to the next mark, or to the end.</summary>
    public string? Close { get; init; }

    /// <summary>Of a whole answer: with what one begins that may be a call.</summary>
    public string Begins { get; init; } = "";

    /// <summary>Whether the prompt ends with the first mark, so that an answer begins behind it.</summary>
    public bool BeginsOpen { get; init; }

    /// <summary>The text of what stands behind a mark and is no call; null where it stays as it is.</summary>
    public Func<string, string?> Text { get; init; } = _ => null;

    /// <summary>Marks within calls that may be special tokens.</summary>
    public IReadOnlyList<string> Inner { get; init; } = [];

    /// <summary>The calls in what stands between marks; null if it is none.</summary>
    public required Func<string, ToolSet, IReadOnlyList<ToolCall>?> Read { get; init; }

    /// <summary>Texts of special tokens that have to be seen.</summary>
    public IEnumerable<string> Marks => Close is null ? [.. Opens, .. Inner] : [.. Opens, Close, .. Inner];

    public override string ToString() => Name;
}
