using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>Asks a hub for the commit of a revision, and for the files of a commit.</summary>
internal sealed partial class HubListing(HubClient client, HubReference reference)
{
    private const int MostPages = 10_000;

    private readonly HubAddresses _addresses = new(client.Environment.Endpoint, reference.Kind, reference.Id);

    /// <summary>The commit of the reference's revision; a whole commit needs no request.</summary>
    /// <exception cref="SimperException">There is none, or no access.</exception>
    public async Task<string> CommitAsync(CancellationToken cancel)
    {
        string revision = reference.Revision ?? HubReference.MainBranch;
        if (HubNames.IsCommit(revision))
            return revision;
        Uri address = _addresses.Revision(revision);
        (JsonNode json, _) = await client.JsonAsync(HttpMethod.Get, address, reference, cancel);
        return
            Text(json as JsonObject, "sha") is { } commit
            && HubNames.IsInside(commit)
            && !commit.Contains('/', StringComparison.Ordinal)
            ? commit
            : throw NotUnderstood(address, "it has no sha");
    }

    /// <summary>All files of the store's commit; asked for unless an earlier download recorded them.</summary>
    /// <exception cref="SimperException">There is no access, or a name would leave the folder that the files are put
    /// in.</exception>
    public async Task<IReadOnlyList<HubFile>> FilesAsync(CacheStore store, CancellationToken cancel)
    {
        List<HubFile> files = store.ReadListing() is { } known ? [.. known] : await AskAsync(store.Commit, cancel);
        if (files.Find(f => !HubNames.IsInside(f.Path)) is { } outside)
            throw new SimperException(
                $"{reference.Id} has a file named {FileFault.Quote(outside.Path)}, which would leave the folder that "
                    + $"its files are put "
                    + "in; nothing was fetched."
            );
        if (files.GroupBy(f => f.Path, PathComparer).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new SimperException(
                $"{reference.Id} has two files named {FileFault.Quote(same.Key)}, which are one on this system; "
                    + $"nothing was fetched."
            );
        return files;
    }

    private async Task<List<HubFile>> AskAsync(string commit, CancellationToken cancel)
    {
        var files = new List<HubFile>();
        Uri? page = _addresses.Tree(commit);
        for (int pages = 0; page is not null; pages++)
        {
            (JsonNode json, var headers) = await client.JsonAsync(HttpMethod.Get, page, reference, cancel);
            if (json is not JsonArray entries || pages == MostPages)
                throw NotUnderstood(page, pages == MostPages ? "its pages do not end" : "it is no list");
            Uri at = page;
            files.AddRange(entries.Select(e => Of(e as JsonObject, at)).OfType<HubFile>());
            page = headers.TryGetValues("Link", out IEnumerable<string>? links) ? Next(string.Join(", ", links), page) : null;
        }
        return files;
    }

    private static StringComparer PathComparer =>
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private static HubFile? Of(JsonObject? entry, Uri page)
    {
        string type = Text(entry, "type") ?? throw NotUnderstood(page, "an entry has no type");
        if (type != "file")
            return null;
        string path = Text(entry, "path") ?? throw NotUnderstood(page, "an entry has no path");
        long size = Number(entry, "size") ?? throw NotUnderstood(page, $"{FileFault.Quote(path)} has no size");
        string id = Text(entry, "oid") ?? throw NotUnderstood(page, $"{FileFault.Quote(path)} has no oid");
        if (entry!["lfs"] is not JsonObject large)
            return new HubFile(path, size, id, null);
        string sha = Text(large, "oid") ?? throw NotUnderstood(page, $"{FileFault.Quote(path)} has no oid of its content");
        return new HubFile(path, Number(large, "size") ?? size, id, sha);
    }

    // <https://...>; rel="next": only within the hub, since the token goes along.
    private Uri? Next(string links, Uri page)
    {
        if (NextLink().Match(links) is not { Success: true } link)
            return null;
        var next = new Uri(page, link.Groups[1].Value);
        return client.IsHub(next) ? next : throw NotUnderstood(page, "its next page is on another server");
    }

    private static string? Text(JsonObject? json, string key) =>
        json?[key] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    private static long? Number(JsonObject? json, string key) =>
        json?[key] is JsonValue value
        && value.GetValueKind() == JsonValueKind.Number
        && value.TryGetValue(out long number)
        && number >= 0
            ? number
            : null;

    private static SimperException NotUnderstood(Uri address, string why) =>
        new($"{address}: the hub's answer is not understood, {why}; check HF_ENDPOINT.");

    [GeneratedRegex("""<([^>]+)>\s*;[^,]*\brel="?next\b""")]
    private static partial Regex NextLink();
}
