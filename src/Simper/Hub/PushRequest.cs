using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>What to upload.</summary>
/// <param name="Folder">The folder whose files are uploaded.</param>
/// <param name="Repository">The repository of the hub, and the branch.</param>
public sealed record PushRequest(string Folder, HubReference Repository)
{
    /// <summary>Whether a repository that is made for it is seen by its owner alone.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>The commit's first line.</summary>
    public string Message { get; init; } = "Upload model trained with Simper";

    /// <summary>More about the commit.</summary>
    public string Description { get; init; } = "";

    /// <summary>The page of the model, README.md, where the folder has none; null for none.</summary>
    public string? Card { get; init; }
}
