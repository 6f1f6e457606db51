namespace Simper.Checkpoints;

/// <summary>
/// A step of saving a folder, told just before it is done: where a save can be ended, and what may be lost then.
/// </summary>
/// <param name="Kind">What is done.</param>
/// <param name="Path">The file or folder.</param>
/// <param name="To">The other name, of renames and exchanges.</param>
internal readonly record struct FolderStep(FolderStepKind Kind, string Path, string? To = null);

/// <summary>The kinds of <see cref="FolderStep"/>.</summary>
internal enum FolderStepKind
{
    /// <summary>Makes an empty folder.</summary>
    MakeFolder,

    /// <summary>Makes a file and writes its content, not yet to disk.</summary>
    WriteFile,

    /// <summary>Flushes a written file's content to disk.</summary>
    FlushFile,

    /// <summary>Flushes the names in a folder to disk.</summary>
    FlushFolder,

    /// <summary>Renames a folder to a name that is free.</summary>
    Rename,

    /// <summary>Exchanges the names of two folders.</summary>
    Exchange,

    /// <summary>Deletes a folder with all that is in it.</summary>
    DeleteFolder,
}
