namespace Simper.Text.Hub;

/// <summary>
/// A repository of the hub as users write it: <c>org/name</c>, with a revision behind @ (a branch, a tag, a commit), for data
/// sets also with what is meant of it: <c>org/name/folder/file.jsonl</c>, <c>org/name/config#split</c>.
/// </summary>
/// <param name="Kind">Model or data set.</param>
/// <param name="Id">The repository: org/name, or the name alone of an old one.</param>
/// <param name="Revision">The revision; null for the main branch.</param>
/// <param name="Part">A file, a folder or a configuration of a data set; null for all.</param>
/// <param name="Split">The split of a data set; null for the usual one.</param>
public sealed record HubReference(HubKind Kind, string Id, string? Revision = null, string? Part = null, string? Split = null)
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string MainBranch = "main";

    /// <summary>The folder of the repository in a cache.</summary>
    public string Folder =>
        $"{(Kind == HubKind.Model ? "models" : "datasets")}--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>The command that downloads it.</summary>
    public string Command =>
        $"simper pull {Id}{(Kind == HubKind.Dataset ? " --dataset" : "")}{(Revision is null ? "" : $" --revision {Revision}")}";

    /// <summary>Reads a reference; null where a text is none.</summary>
    public static HubReference? Parse(HubKind kind, string text)
    {
        string? split = null;
        if (kind == HubKind.Dataset && text.LastIndexOf('#') is > 0 and int mark)
            (text, split) = (text[..mark], text[(mark + 1)..]);
        string? revision = null;
        if (text.IndexOf('@', StringComparison.Ordinal) is > 0 and int at)
            (text, revision) = (text[..at], text[(at + 1)..]);
        string[] parts = text.Split('/');
        string? part = null;
        if (kind == HubKind.Dataset && parts.Length > 2)
            (text, part) = ($"{parts[0]}/{parts[1]}", string.Join('/', parts[2..]));
        bool isOne =
            HubNames.Repository().IsMatch(text)
            && !text.Contains("--", StringComparison.Ordinal)
            && !text.Contains("..", StringComparison.Ordinal)
            && (revision is null || HubNames.IsInside(revision))
            && (part is null || HubNames.IsInside(part))
            && split is not "";
        return isOne ? new HubReference(kind, text, revision, part, split) : null;
    }

    /// <summary>As it is written.</summary>
    public override string ToString() =>
        Id + (Part is null ? "" : "/" + Part) + (Revision is null ? "" : "@" + Revision) + (Split is null ? "" : "#" + Split);
}
