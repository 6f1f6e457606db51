namespace Simper.Hub;

/// <summary>What an upload did.</summary>
/// <param name="Repository">The repository, with its organisation.</param>
/// <param name="Address">The page of the commit; of the repository where there was nothing to change.</param>
/// <param name="Files">The files that the commit adds or changes.</param>
/// <param name="Unchanged">Files that were there already.</param>
/// <param name="SentBytes">Bytes of large files that were sent: the hub may have had some.</param>
/// <param name="IsNew">Whether the repository was made for it.</param>
/// <param name="Warnings">What the hub finds odd about the page of the model.</param>
public sealed record PushResult(
    string Repository,
    string Address,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Unchanged,
    long SentBytes,
    bool IsNew,
    IReadOnlyList<string> Warnings
);
