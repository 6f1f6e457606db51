using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Testing;

/// <summary>
/// A hub on this machine, with large files on another address, in the protocol that huggingface_hub was recorded to speak: one
/// repository a name, one commit a revision.
/// </summary>
internal sealed class HubStub : IDisposable
{
    public const string Token = "hf_good";
    public const string Commit = "ad782ecdac770fc6eb9a62e44f90873fb97fb26b";

    private readonly HttpStub _hub;
    private readonly HttpStub _store;

    public HubStub()
    {
        _hub = new HttpStub(r => Quirk?.Invoke(r, this) ?? Answer(r));
        _store = new HttpStub(r => StoreQuirk?.Invoke(r, this) ?? Content(r));
    }

    public string Address => _hub.Address;

    public string StoreAddress => _store.Address;

    /// <summary>The repositories: org/name or datasets/org/name to path to content, and whether it is a large one.</summary>
    public Dictionary<string, SortedDictionary<string, (byte[] Content, bool IsLarge)>> Repositories { get; } = [];

    /// <summary>Answers a request instead; null for the usual answer.</summary>
    public Func<StubRequest, HubStub, StubAnswer?>? Quirk { get; set; }

    /// <summary>The same for the store of large files.</summary>
    public Func<StubRequest, HubStub, StubAnswer?>? StoreQuirk { get; set; }

    public IReadOnlyList<StubRequest> Requests => _hub.Requests;

    public IReadOnlyList<StubRequest> StoreRequests => _store.Requests;

    /// <summary>What was put into the store: SHA-256 to content.</summary>
    public Dictionary<string, byte[]> Stored { get; } = [];

    public HubStub With(string repository, string path, string text, bool isLarge = false) =>
        With(repository, path, Encoding.UTF8.GetBytes(text), isLarge);

    public HubStub With(string repository, string path, byte[] content, bool isLarge = false)
    {
        if (!Repositories.TryGetValue(repository, out var files))
            Repositories[repository] = files = new SortedDictionary<string, (byte[], bool)>(StringComparer.Ordinal);
        files[path] = (content, isLarge);
        return this;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string GitId(byte[] content) =>
#pragma warning disable CA5350
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    public static string Tag((byte[] Content, bool IsLarge) file) => file.IsLarge ? Sha256(file.Content) : GitId(file.Content);

    public StubAnswer Answer(StubRequest request)
    {
        string path = request.Target.Split('?')[0];
        bool isData =
            path.StartsWith("/datasets/", StringComparison.Ordinal)
            || path.StartsWith("/api/datasets/", StringComparison.Ordinal);
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (request.Header("authorization") is { } sent && sent != $"Bearer {Token}")
            return Refused(401, null, "Invalid credentials in Authorization header");
        int at =
            path.StartsWith("/api/", StringComparison.Ordinal) ? 2
            : isData ? 1
            : 0;
        if (request.Method == "POST")
            return request.Header("authorization") is null
                ? Refused(401, null, "Invalid username or password.")
                : Posted(request, path);
        if (parts.Length < at + 4)
            return Refused(404, "EntryNotFound", "Entry not found");
        string name = (isData ? "datasets/" : "") + parts[at] + "/" + parts[at + 1];
        if (!Repositories.TryGetValue(name, out var files))
            return Refused(request.Header("authorization") is null ? 401 : 404, "RepoNotFound", "Repository not found");
        string revision = Uri.UnescapeDataString(parts[at + 3]);
        if (revision is not ("main" or Commit))
            return Refused(404, "RevisionNotFound", $"Invalid rev id: {revision}");
        return parts[at + 2] switch
        {
            "revision" => Json(new JsonObject { ["id"] = name, ["sha"] = Commit }),
            "tree" => Json(new JsonArray([.. files.Select(f => Entry(f.Key, f.Value))])),
            "resolve" => File(files, string.Join('/', parts[(at + 4)..].Select(Uri.UnescapeDataString))),
            _ => Refused(404, "EntryNotFound", "Entry not found"),
        };
    }

    public static StubAnswer Json(JsonNode json, int status = 200, params (string, string)[] headers) =>
        StubAnswer.Text(status, json.ToJsonString(), [("Content-Type", "application/json"), .. headers]);

    public static StubAnswer Refused(int status, string? code, string message) =>
        Json(
            new JsonObject { ["error"] = message },
            status,
            [.. code is null ? [] : new[] { ("X-Error-Code", code) }, ("X-Error-Message", message)]
        );

    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    private StubAnswer File(SortedDictionary<string, (byte[] Content, bool IsLarge)> files, string path)
    {
        if (!files.TryGetValue(path, out var file))
            return Refused(404, "EntryNotFound", "Entry not found") with
            {
                Headers = [("X-Error-Code", "EntryNotFound"), ("X-Repo-Commit", Commit)],
            };
        if (!file.IsLarge)
            return new StubAnswer(200, file.Content, ("X-Repo-Commit", Commit), ("ETag", $"\"{Tag(file)}\""));
        lock (Stored)
            Stored[Tag(file)] = file.Content;
        return new StubAnswer(
            302,
            Encoding.UTF8.GetBytes("Found"),
            ("X-Repo-Commit", Commit),
            ("X-Linked-Etag", $"\"{Tag(file)}\""),
            ("X-Linked-Size", file.Content.Length.ToString(CultureInfo.InvariantCulture)),
            ("Location", $"{StoreAddress}/repos/{Tag(file)}?Signature=s")
        );
    }

    /// <summary>The store's answer: the content, or the rest of it.</summary>
    public StubAnswer Content(StubRequest request)
    {
        byte[]? content;
        lock (Stored)
            content = Stored.GetValueOrDefault(request.Target.Split('/')[^1].Split('?')[0]);
        if (content is null)
            return new StubAnswer(404);
        if (request.Header("range") is not { } range)
            return new StubAnswer(200, content, ("ETag", "\"x\""));
        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= content.Length
            ? new StubAnswer(416)
            : new StubAnswer(206, content[from..], ("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}"));
    }

    // An upload: every file in the commit itself, which is kept under the repository that it was sent to.
    private StubAnswer Posted(StubRequest request, string path)
    {
        if (path.EndsWith("/preupload/main", StringComparison.Ordinal))
        {
            var answers = new JsonArray();
            foreach (JsonNode? file in JsonNode.Parse(request.Body)!["files"]!.AsArray())
                answers.Add(new JsonObject { ["path"] = (string)file!["path"]!, ["uploadMode"] = "regular" });
            return Json(new JsonObject { ["files"] = answers });
        }
        if (path.EndsWith("/commit/main", StringComparison.Ordinal))
        {
            foreach (string line in Encoding.UTF8.GetString(request.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                JsonNode file = JsonNode.Parse(line)!;
                if ((string)file["key"]! == "file")
                    With(
                        path["/api/models/".Length..^"/commit/main".Length],
                        (string)file["value"]!["path"]!,
                        Convert.FromBase64String((string)file["value"]!["content"]!)
                    );
            }
        }
        return Json(
            new JsonObject
            {
                ["errors"] = new JsonArray(),
                ["warnings"] = new JsonArray(),
                ["commitUrl"] = $"{Address}/commit/1",
            }
        );
    }

    private static JsonObject Entry(string path, (byte[] Content, bool IsLarge) file)
    {
        var entry = new JsonObject
        {
            ["type"] = "file",
            ["oid"] = GitId(file.Content),
            ["size"] = file.Content.Length,
            ["path"] = path,
        };
        if (file.IsLarge)
            entry["lfs"] = new JsonObject
            {
                ["oid"] = Sha256(file.Content),
                ["size"] = file.Content.Length,
                ["pointerSize"] = 129,
            };
        return entry;
    }
}
