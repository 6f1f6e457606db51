using System.Net;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>What a hub says of a file before it is fetched.</summary>
/// <param name="Tag">Its ETag, without quotes: the name of its content in the cache.</param>
/// <param name="Size">Its bytes; null where the hub does not say.</param>
/// <param name="Location">Where its content is.</param>
internal sealed record FileAnnouncement(string Tag, long? Size, Uri Location)
{
    /// <summary>Asks for it. Redirects within the hub are followed; one that leads elsewhere says where the content is.</summary>
    /// <exception cref="SimperException">There is no such file or no access, or the answer is no hub's.</exception>
    public static async Task<FileAnnouncement> OfAsync(
        HubClient client,
        HubReference reference,
        string commit,
        string path,
        CancellationToken cancel
    )
    {
        Uri address = new HubAddresses(client.Environment.Endpoint, reference.Kind, reference.Id).File(commit, path);
        using HttpResponseMessage response = await client.FollowAsync(
            HttpMethod.Head,
            address,
            cancel,
            r => r.Headers.TryAddWithoutValidation("Accept-Encoding", "identity")
        );
        Uri? elsewhere = HubClient.Redirection(response);
        if (elsewhere is null && !response.IsSuccessStatusCode)
            throw await HubErrors.OfAsync(response, reference, client.Environment, cancel);
        if (Header(response, "X-Repo-Commit") is not { } stated)
            throw client.NotHub(response, "does not say which commit it is of (X-Repo-Commit)");
        if (stated != commit)
            throw client.NotHub(response, $"is of another commit than was asked for ({commit})");
        string? tag = Plain(Header(response, "X-Linked-Etag") ?? Header(response, "ETag"));
        if (tag is null || !HubNames.IsInside(tag))
            throw client.NotHub(response, "has no ETag that can name a file");
        string? size =
            Header(response, "X-Linked-Size")
            ?? (
                elsewhere is null
                    ? response.Content.Headers.ContentLength?.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : null
            );
        return new FileAnnouncement(
            tag,
            long.TryParse(
                size,
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out long bytes
            )
                ? bytes
                : null,
            elsewhere ?? response.RequestMessage!.RequestUri!
        );
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;

    // W/"abc" is abc.
    private static string? Plain(string? tag) =>
        tag is null ? null : (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');
}
