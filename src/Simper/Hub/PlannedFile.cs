namespace Simper.Hub;

/// <summary>A file of an upload, and how the hub wants it.</summary>
/// <param name="File">The file.</param>
/// <param name="Sha">The SHA-256 of a file for Git LFS; null for one that is in the commit itself.</param>
/// <param name="IsThere">Whether the hub has the same content under the same name.</param>
internal sealed record PlannedFile(LocalFile File, string? Sha, bool IsThere);
