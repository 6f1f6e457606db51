namespace Simper.Hub;

/// <summary>What a download left.</summary>
/// <param name="Snapshot">The folder with the files.</param>
/// <param name="Commit">The commit they are of.</param>
/// <param name="Files">Their paths in the repository, also of those that were there.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="FetchedBytes">The bytes of those that were not there before.</param>
/// <param name="LeftOut">Files that were not wanted.</param>
public sealed record PullResult(
    string Snapshot,
    string Commit,
    IReadOnlyList<string> Files,
    long Bytes,
    long FetchedBytes,
    IReadOnlyList<string> LeftOut
);
