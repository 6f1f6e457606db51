using System.CommandLine;
using Simper.Text.Hub;

namespace Simper.Cli.Commands;

/// <summary>How commands name a repository of the hub.</summary>
internal sealed class RepositoryOptions
{
    private static readonly string[] Prefixes = ["hf://", "https://huggingface.co/", "https://hf.co/"];

    private readonly Option<string?> _revision;

    /// <param name="revision">What the revision is for.</param>
    public RepositoryOptions(string revision) =>
        _revision = new Option<string?>("--revision") { HelpName = "NAME", Description = revision };

    public Option<string?> Revision => _revision;

    /// <summary>The repository that a word names: org/name, also as an address, or with @revision.</summary>
    /// <exception cref="SimperException">It is no name, or names two revisions.</exception>
    public HubReference Reference(ParseResult parsed, string word, bool isDataset)
    {
        string name = Prefixes
            .Append(HubEnvironment.Current.Endpoint + "/")
            .FirstOrDefault(p => word.StartsWith(p, StringComparison.Ordinal))
            is { } prefix
            ? word[prefix.Length..].TrimEnd('/')
            : word;
        if (name.StartsWith("datasets/", StringComparison.Ordinal))
            (name, isDataset) = (name["datasets/".Length..], true);
        HubReference? reference = HubReference.Parse(isDataset ? HubKind.Dataset : HubKind.Model, name);
        if (reference is not { Part: null, Split: null })
            throw new SimperException(
                $"{word} is no name of a repository on the hub; give "
                    + $"organisation/name{(Path.Exists(word) ? "; a folder here is not meant" : "")}."
            );
        string? revision = parsed.GetValue(_revision);
        if (revision is not null && (reference.Revision ?? revision) != revision)
            throw new SimperException($"{word} and --revision {revision} are two revisions; give one.");
        if (revision is not null && HubReference.Parse(HubKind.Model, $"{reference.Id}@{revision}") is null)
            throw new SimperException($"--revision: \"{revision}\" is no name of a branch, a tag or a commit.");
        return revision is null ? reference : reference with { Revision = revision };
    }

    /// <summary>Bytes for people: 1.2 GB.</summary>
    public static string Size(long bytes) =>
        bytes switch
        {
            >= 1_000_000_000 => FormattableString.Invariant($"{bytes / 1e9:F2} GB"),
            >= 1_000_000 => FormattableString.Invariant($"{bytes / 1e6:F1} MB"),
            >= 1_000 => FormattableString.Invariant($"{bytes / 1e3:F1} kB"),
            _ => FormattableString.Invariant($"{bytes} bytes"),
        };
}
