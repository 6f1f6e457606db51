using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>What to download.</summary>
/// <param name="Repository">The repository and its revision.</param>
public sealed record PullRequest(HubReference Repository)
{
    /// <summary>Patterns of files to take (<see cref="HubGlob"/>); all that Simper can use where there are none.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of files to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
}
