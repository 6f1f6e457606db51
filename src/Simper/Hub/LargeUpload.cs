using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>
/// Sends large files where Git LFS keeps them: asks the hub which it has not, then puts each whole or in parts to the address
/// that it names, which gets no token.
/// </summary>
internal sealed class LargeUpload(HubClient client, HubReference reference)
{
    private const int BatchFiles = 100;
    private const int Retries = 5;
    private const string Media = "application/vnd.git-lfs+json";

    private readonly HubAddresses _addresses = new(client.Environment.Endpoint, reference.Kind, reference.Id);

    /// <summary>Sends what the hub has not.</summary>
    /// <param name="files">The files with their SHA-256.</param>
    /// <param name="onBytes">Called with the bytes that were sent, fewer than none where some are sent again.</param>
    /// <param name="onPresent">Called with the bytes of files that the hub has.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="SimperException">The hub refuses a file, or cannot be reached.</exception>
    public async Task RunAsync(
        IReadOnlyList<(LocalFile File, string Sha)> files,
        Action<long> onBytes,
        Action<long> onPresent,
        CancellationToken cancel
    )
    {
        foreach ((LocalFile File, string Sha)[] batch in files.DistinctBy(f => f.Sha).Chunk(BatchFiles))
        {
            foreach (JsonObject answer in await AskAsync(batch, cancel))
            {
                string sha = answer["oid"]?.ToString() ?? "";
                LocalFile file =
                    batch.FirstOrDefault(f => f.Sha == sha).File
                    ?? throw Odd($"it speaks of {FileFault.Quote(sha)}, which was not asked for");
                if (answer["error"] is JsonObject error)
                    throw new SimperException(
                        $"{reference.Id}: the hub does not take {file.Path}: "
                            + $"{FileFault.Quote(error["message"]?.ToString() ?? "error")}."
                    );
                if (answer["actions"]?["upload"] is JsonObject upload)
                    await SendAsync(file, sha, upload, onBytes, cancel);
                else
                    onPresent(file.Size);
                if (answer["actions"]?["verify"] is JsonObject verify)
                    await VerifyAsync(file, sha, verify, cancel);
            }
        }
    }

    private async Task<IEnumerable<JsonObject>> AskAsync((LocalFile File, string Sha)[] batch, CancellationToken cancel)
    {
        var question = new JsonObject
        {
            ["operation"] = "upload",
            ["transfers"] = new JsonArray("basic", "multipart"),
            ["objects"] = new JsonArray([.. batch.Select(f => new JsonObject { ["oid"] = f.Sha, ["size"] = f.File.Size })]),
            ["hash_algo"] = "sha256",
            ["ref"] = new JsonObject { ["name"] = reference.Revision ?? HubReference.MainBranch },
        };
        (JsonNode json, _) = await client.JsonAsync(
            HttpMethod.Post,
            _addresses.LargeFiles,
            reference,
            cancel,
            () => Body(question, Media)
        );
        return json["objects"] is JsonArray objects ? objects.OfType<JsonObject>() : throw Odd("it has no objects");
    }

    // In parts where the header has a chunk_size and numbered addresses; else whole, with the header's fields.
    private async Task SendAsync(LocalFile file, string sha, JsonObject upload, Action<long> onBytes, CancellationToken cancel)
    {
        Uri target = Address(upload["href"]);
        JsonObject header = upload["header"] as JsonObject ?? [];
        if (header["chunk_size"]?.ToString() is not { } written)
        {
            using HttpResponseMessage answer = await PutAsync(target, file, 0, file.Size, header, onBytes, cancel);
            return;
        }
        if (!long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out long chunk) || chunk < 1)
            throw Odd($"its chunk_size is {FileFault.Quote(written)}");
        Uri[] parts =
        [
            .. header
                .Where(h => int.TryParse(h.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .OrderBy(h => int.Parse(h.Key, CultureInfo.InvariantCulture))
                .Select(h => Address(h.Value)),
        ];
        if (parts.Length != (file.Size + chunk - 1) / chunk)
            throw Odd($"it wants {file.Size} bytes in {parts.Length} parts of {chunk}");
        var sent = new JsonArray();
        for (int i = 0; i < parts.Length; i++)
        {
            long from = i * chunk;
            using HttpResponseMessage answer = await PutAsync(
                parts[i],
                file,
                from,
                Math.Min(chunk, file.Size - from),
                [],
                onBytes,
                cancel
            );
            string tag =
                (answer.Headers.TryGetValues("ETag", out IEnumerable<string>? tags) ? tags.First() : null)
                ?? throw Odd("a part came back without ETag");
            sent.Add(new JsonObject { ["partNumber"] = i + 1, ["etag"] = tag });
        }
        var complete = new JsonObject { ["oid"] = sha, ["parts"] = sent };
        using HttpResponseMessage end = await client.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, target) { Content = Body(complete, Media) },
            cancel
        );
        if (!end.IsSuccessStatusCode)
            throw await HubErrors.OfAsync(end, reference, client.Environment, cancel);
    }

    private async Task<HttpResponseMessage> PutAsync(
        Uri target,
        LocalFile file,
        long from,
        long count,
        JsonObject header,
        Action<long> onBytes,
        CancellationToken cancel
    )
    {
        for (int failures = 0; ; )
        {
            long sent = 0;
            HttpRequestMessage Make()
            {
                onBytes(-Interlocked.Exchange(ref sent, 0));
                var content = new FilePart(
                    file,
                    from,
                    count,
                    more =>
                    {
                        Interlocked.Add(ref sent, more);
                        onBytes(more);
                    }
                );
                var request = new HttpRequestMessage(HttpMethod.Put, target) { Content = content };
                foreach ((string name, JsonNode? value) in header)
                {
                    if (!request.Headers.TryAddWithoutValidation(name, value?.ToString()))
                        content.Headers.TryAddWithoutValidation(name, value?.ToString());
                }
                return request;
            }
            try
            {
                HttpResponseMessage answer = await client.SendAsync(Make, cancel);
                if (answer.IsSuccessStatusCode)
                    return answer;
                using (answer)
                    throw await HubErrors.OfAsync(answer, reference, client.Environment, cancel);
            }
            catch (IOException) when (++failures <= Retries)
            {
                await client.Pause(TimeSpan.FromSeconds(1), cancel);
            }
        }
    }

    private async Task VerifyAsync(LocalFile file, string sha, JsonObject verify, CancellationToken cancel)
    {
        var question = new JsonObject { ["oid"] = sha, ["size"] = file.Size };
        using HttpResponseMessage answer = await client.SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, Address(verify["href"])) { Content = Body(question, "application/json") },
            cancel
        );
        if (!answer.IsSuccessStatusCode)
            throw await HubErrors.OfAsync(answer, reference, client.Environment, cancel);
    }

    // An upload leaves the hub; what is not encrypted is for hubs that are not either.
    private Uri Address(JsonNode? address) =>
        Uri.TryCreate(address?.ToString(), UriKind.Absolute, out Uri? uri)
        && (
            uri.Scheme == "https"
            || (uri.Scheme == "http" && client.Environment.Endpoint.StartsWith("http:", StringComparison.Ordinal))
        )
            ? uri
            : throw Odd($"it sends a file to {FileFault.Quote(address?.ToString() ?? "nowhere")}");

    private SimperException Odd(string why) => new($"{_addresses.LargeFiles}: the hub's answer is not understood, {why}.");

    private static ByteArrayContent Body(JsonObject json, string media)
    {
        var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()));
        content.Headers.ContentType = new MediaTypeHeaderValue(media);
        return content;
    }
}
