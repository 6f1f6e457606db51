using System.Net;
using System.Net.Http.Headers;
using Simper.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>
/// Fetches one content into a file. What an interrupted download left is gone on with; the size and, where the tag is a hash, the
/// content are checked before anybody sees the file.
/// </summary>
internal sealed class BlobDownload(HubClient client, HubReference reference)
{
    private const HttpStatusCode NoSuchRange = HttpStatusCode.RequestedRangeNotSatisfiable;
    private const int Retries = 5;
    private const int Buffer = 1 << 18;
    private const long Progress = 1 << 20; // after which a broken connection counts as a new one

    /// <summary>Fetches it.</summary>
    /// <param name="announced">What the hub says of it.</param>
    /// <param name="again">Asks the hub once more, since addresses of contents expire.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="onBytes">Called with the bytes that have become complete, fewer than none where some are dropped.</param>
    /// <param name="cancel">Stops it; what is there stays.</param>
    /// <exception cref="SimperException">The hub refuses it, cannot be reached, or sends something else.</exception>
    public async Task RunAsync(
        FileAnnouncement announced,
        Func<Task<FileAnnouncement>> again,
        string name,
        string target,
        Action<long> onBytes,
        CancellationToken cancel
    )
    {
        for (bool isSecond = false; ; isSecond = true)
        {
            bool wasResumed = await FetchAsync(announced, again, name, target, onBytes, cancel);
            long length = new FileInfo(target).Length;
            if (announced.Size is { } size && size != length)
            {
                File.Delete(target);
                throw new SimperException(
                    $"{reference.Id}: {name} came with {length} bytes, and the hub announced {size}; nothing of it "
                        + $"was kept, run the "
                        + "command again."
                );
            }
            if (!ContentId.IsHash(announced.Tag))
                return;
            string hash = await ContentId.OfAsync(target, announced.Tag, cancel);
            if (hash == announced.Tag)
                return;
            File.Delete(target);
            onBytes(-length);
            // What an earlier download left may be of something else; then all of it is fetched anew.
            if (!wasResumed || isSecond)
                throw new SimperException(
                    $"{reference.Id}: {name} came with other content than the hub announced (hash {hash[..12]}..., not "
                        + $"{announced.Tag[..12]}...); nothing of it was kept, run the command again, or look for a "
                        + $"proxy in between."
                );
        }
    }

    // Whether it went on with what was there.
    private async Task<bool> FetchAsync(
        FileAnnouncement announced,
        Func<Task<FileAnnouncement>> again,
        string name,
        string target,
        Action<long> onBytes,
        CancellationToken cancel
    )
    {
        using var file = new FileStream(target, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1);
        long kept = file.Length;
        if (announced.Size is { } size && kept > size)
            file.SetLength(kept = 0);
        onBytes(kept);
        Uri location = announced.Location;
        for (int failures = 0; announced.Size != file.Length || file.Length == 0; )
        {
            long before = file.Length;
            if (announced.Size == 0)
                break;
            try
            {
                using HttpResponseMessage response = await GetAsync(location, before, cancel);
                bool isExpired =
                    response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized && !client.IsHub(location);
                if (isExpired && failures is > 0 and <= Retries)
                {
                    location = (await again()).Location;
                    failures++;
                    continue;
                }
                // A server may answer a range with the whole, with another range, or not at all.
                bool goesOn =
                    response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == before;
                if (before > 0 && !goesOn && (response.IsSuccessStatusCode || response.StatusCode == NoSuchRange))
                {
                    onBytes(-before);
                    file.SetLength(0);
                    if (response.StatusCode != HttpStatusCode.OK)
                        continue;
                }
                if (!response.IsSuccessStatusCode)
                    throw await HubErrors.OfAsync(response, reference, client.Environment, cancel);
                file.Seek(0, SeekOrigin.End);
                await CopyAsync(response, file, announced.Size, onBytes, cancel);
                break;
            }
            catch (Exception e) when (e is HttpIOException or HttpRequestException or TimeoutException)
            {
                failures = file.Length - before >= Progress ? 1 : failures + 1;
                if (failures > Retries)
                    throw HubClient.Unreachable(location, $"{name} broke off {failures} times ({SystemFault.Sentence(e)})", e);
                await client.Pause(TimeSpan.FromSeconds(1), cancel);
            }
        }
        file.Flush(flushToDisk: true);
        return kept > 0;
    }

    private async Task<HttpResponseMessage> GetAsync(Uri location, long from, CancellationToken cancel)
    {
        for (int redirects = 0; redirects <= 20; redirects++)
        {
            Uri at = location;
            HttpResponseMessage response = await client.SendAsync(
                () =>
                {
                    var request = new HttpRequestMessage(HttpMethod.Get, at);
                    request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
                    if (from > 0)
                        request.Headers.Range = new RangeHeaderValue(from, null);
                    return request;
                },
                cancel
            );
            if (HubClient.Redirection(response) is not { } next)
                return response;
            response.Dispose();
            location = next;
        }
        throw new SimperException($"{location}: more than 20 redirects, one leading to the next.");
    }

    private async Task CopyAsync(
        HttpResponseMessage response,
        FileStream file,
        long? most,
        Action<long> onBytes,
        CancellationToken cancel
    )
    {
        using var body = new SilenceStream(await response.Content.ReadAsStreamAsync(cancel), client.Environment.Timeout);
        var buffer = new byte[Buffer];
        for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0; )
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
            onBytes(read);
            if (file.Length > most)
                return; // refused for its size
        }
    }
}
