namespace Simper.Runs;

/// <summary>What an output folder of a kind contains, so that nothing else in it is overwritten or mixed in.</summary>
/// <param name="Content">For messages: "a run".</param>
/// <param name="Marks">Files that are all present if the folder is of this kind.</param>
/// <param name="Files">Its files.</param>
/// <param name="Folders">Its folders.</param>
public sealed record FolderKind(
    string Content,
    IReadOnlyList<string> Marks,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Folders
)
{
    /// <summary>Extensions of files that belong to it under any name.</summary>
    public IReadOnlyList<string> Endings { get; init; } = [];

    /// <summary>Files that are written even to an otherwise empty folder, and identify nothing.</summary>
    public IReadOnlyList<string> Harmless { get; init; } = [];

    /// <summary>Whether a folder of this name belongs to it, one of many.</summary>
    public Func<string, bool> IsNumbered { get; init; } = _ => false;

    /// <summary>A training run.</summary>
    public static FolderKind Run { get; } =
        new(
            "a run",
            ["recipe.yaml", "metrics.jsonl"],
            ["recipe.yaml", "metrics.jsonl", "samples.jsonl", "pairs.jsonl", "summary.json", "report.html", "receipt.json"],
            ["tensorboard", "plots", "model", "ledger", RunFolder.Replaced]
        )
        {
            Harmless = ["tensorboard"],
            IsNumbered = Resuming.RunCheckpoints.IsName,
        };

    /// <summary>Several training runs from the same start.</summary>
    public static FolderKind Experiment { get; } =
        new(
            "an experiment",
            ["experiment.json"],
            ["experiment.json", "compare.json", "compare.html", "dynamics.json", "tune.json"],
            ["arms", "plots"]
        )
        {
            Harmless = ["arms"],
        };

    /// <summary>The results of an evaluation.</summary>
    public static FolderKind Evaluation { get; } = new("an evaluation", ["summary.json"], ["summary.json"], []);

    /// <summary>Results of analyses, each under its own name.</summary>
    public static FolderKind Analysis { get; } = new("analyses", [], [], []) { Endings = [".json", ".csv", ".svg", ".png"] };

    /// <summary>The demo's source files.</summary>
    public static FolderKind DemoData { get; } =
        new(
            "the demo's data",
            ["sft.yaml", "sft.jsonl"],
            ["sft.jsonl", "train.jsonl", "heldout.jsonl", "sft.yaml"],
            ["base", "run"]
        );

    /// <summary>Whether a folder is of this kind.</summary>
    public bool IsIn(string folder) => Marks.All(m => File.Exists(Path.Combine(folder, m)));

    /// <summary>An entry of a folder that does not belong there; null if there is none.</summary>
    public string? ForeignIn(string folder)
    {
        if (!Directory.Exists(folder))
            return null;
        bool isOfKind = IsIn(folder);
        return new DirectoryInfo(folder)
            .EnumerateFileSystemInfos()
            .Where(e => !Belongs(e, isOfKind))
            .Select(e => e.Name)
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
    }

    /// <summary>
    /// A file or folder of it that is a link: what is written there, or removed, would be elsewhere. Null if there is none.
    /// Numbered folders may be links, since they are only ever replaced whole.
    /// </summary>
    public string? LinkIn(string folder) =>
        Directory.Exists(folder)
            ? Files
                .Concat(Folders)
                .Order(StringComparer.Ordinal)
                .FirstOrDefault(name => new FileInfo(Path.Combine(folder, name)).LinkTarget is not null)
            : null;

    private bool Belongs(FileSystemInfo entry, bool isOfKind)
    {
        string name = entry.Name;
        bool isFolder = entry is DirectoryInfo;
        if (
            name.StartsWith('.')
            || name is "lost+found" or "desktop.ini" or "Thumbs.db"
            || OutputFolder.IsLeftover(name)
            || (!isFolder && Endings.Contains(Path.GetExtension(name).ToLowerInvariant()))
        )
            return true;
        if (isFolder && IsNumbered(name))
            return isOfKind;
        if (!(isFolder ? Folders : Files).Contains(name))
            return false;
        // In a folder of another kind a file of this name is the user's own.
        return isOfKind || Harmless.Contains(name) || entry is FileInfo { Length: 0 };
    }
}
