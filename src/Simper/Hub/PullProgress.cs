namespace Simper.Hub;

/// <summary>How far a download is.</summary>
/// <param name="Bytes">Bytes that are there.</param>
/// <param name="AllBytes">Bytes to fetch, as the listing has them.</param>
/// <param name="Files">Files that are complete.</param>
/// <param name="AllFiles">Files to fetch.</param>
/// <param name="Note">What holds it up; null for nothing.</param>
public sealed record PullProgress(long Bytes, long AllBytes, int Files, int AllFiles, string? Note = null);
