using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>Makes a commit: asks how the hub wants each file, then sends small contents and the names of large ones.</summary>
internal sealed class HubCommit(HubClient client, HubReference reference)
{
    private const int BatchFiles = 256;

    private readonly HubAddresses _addresses = new(client.Environment.Endpoint, reference.Kind, reference.Id);

    private string Branch => reference.Revision ?? HubReference.MainBranch;

    /// <summary>How the hub wants each file; those that it ignores (its .gitignore) are left out.</summary>
    /// <exception cref="SimperException">The token may not write, or there is no such branch.</exception>
    public async Task<IReadOnlyList<PlannedFile>> PlanAsync(IReadOnlyList<LocalFile> files, CancellationToken cancel)
    {
        var planned = new List<PlannedFile>();
        foreach (LocalFile[] batch in files.Chunk(BatchFiles))
        {
            var question = new JsonObject
            {
                ["files"] = new JsonArray([
                    .. batch.Select(f => new JsonObject
                    {
                        ["path"] = f.Path,
                        ["sample"] = Convert.ToBase64String(f.Sample()),
                        ["size"] = f.Size,
                    }),
                ]),
            };
            (JsonNode json, _) = await client.JsonAsync(
                HttpMethod.Post,
                _addresses.Preupload(Branch),
                reference,
                cancel,
                () => Json(question)
            );
            Dictionary<string, JsonObject> answers = (json["files"] as JsonArray ?? [])
                .OfType<JsonObject>()
                .ToDictionary(a => a["path"]?.ToString() ?? "", StringComparer.Ordinal);
            foreach (LocalFile file in batch)
            {
                if (!answers.TryGetValue(file.Path, out JsonObject? answer))
                    throw new SimperException($"{_addresses.Preupload(Branch)}: the hub's answer says nothing of {file.Path}.");
                if (answer["shouldIgnore"]?.GetValueKind() == System.Text.Json.JsonValueKind.True)
                    continue;
                // Git LFS has no empty files.
                bool isLarge = answer["uploadMode"]?.ToString() == "lfs" && file.Size > 0;
                using Stream content = file.Open();
                string id = isLarge ? await ContentId.LargeAsync(content, cancel) : await ContentId.GitAsync(content, cancel);
                planned.Add(new PlannedFile(file, isLarge ? id : null, IsThere: answer["oid"]?.ToString() == id));
            }
        }
        return planned;
    }

    /// <summary>Commits; the address of the commit's page. Not repeated, since a second one might follow the first.</summary>
    /// <exception cref="SimperException">The hub refuses it.</exception>
    public async Task<string> SendAsync(
        IEnumerable<PlannedFile> files,
        string message,
        string description,
        CancellationToken cancel
    )
    {
        var lines = new StringBuilder();
        Add("header", new JsonObject { ["summary"] = message, ["description"] = description });
        foreach (PlannedFile file in files)
        {
            if (file.Sha is { } sha)
                Add(
                    "lfsFile",
                    new JsonObject
                    {
                        ["path"] = file.File.Path,
                        ["algo"] = "sha256",
                        ["oid"] = sha,
                        ["size"] = file.File.Size,
                    }
                );
            else
                Add(
                    "file",
                    new JsonObject
                    {
                        ["content"] = Convert.ToBase64String(file.File.Content()),
                        ["path"] = file.File.Path,
                        ["encoding"] = "base64",
                    }
                );
        }
        byte[] body = Encoding.UTF8.GetBytes(lines.ToString());
        (JsonNode json, _) = await client.JsonAsync(
            HttpMethod.Post,
            _addresses.Commit(Branch),
            reference,
            cancel,
            () =>
            {
                var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
                return content;
            },
            isRepeatable: false
        );
        return json["commitUrl"]?.ToString() is { Length: > 0 } url
            ? url
            : throw new SimperException(
                $"{_addresses.Commit(Branch)}: the hub's answer has no commitUrl; look at {_addresses.Page} whether "
                    + $"the commit is there."
            );

        void Add(string key, JsonObject value) =>
            lines.Append(new JsonObject { ["key"] = key, ["value"] = value }.ToJsonString()).Append('\n');
    }

    /// <summary>A body of JSON.</summary>
    public static ByteArrayContent Json(JsonObject json)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(json.ToJsonString()));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
