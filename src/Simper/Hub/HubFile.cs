namespace Simper.Hub;

/// <summary>A file as a hub's listing describes it.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="GitId">Its id in git; of a large file that of its pointer.</param>
/// <param name="LargeId">The SHA-256 of a large file; null for others.</param>
internal sealed record HubFile(string Path, long Size, string GitId, string? LargeId);
