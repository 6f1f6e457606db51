using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>What a hub's refusal means, as a sentence that says what to do.</summary>
internal static class HubErrors
{
    private const int Longest = 16 << 10;

    /// <summary>The error of a response that is no success.</summary>
    /// <param name="response">The response; its body is read.</param>
    /// <param name="subject">What was asked about.</param>
    /// <param name="environment">Where the token is from.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<SimperException> OfAsync(
        HttpResponseMessage response,
        HubReference subject,
        HubEnvironment environment,
        CancellationToken cancel
    )
    {
        string said = await SaidAsync(response, cancel);
        return new SimperException(Sentence(response, subject, environment, said) + ".");
    }

    private static string Sentence(HttpResponseMessage response, HubReference subject, HubEnvironment environment, string said)
    {
        string what = subject.Kind == HubKind.Model ? "model" : "data set";
        string page = new HubAddresses(environment.Endpoint, subject.Kind, subject.Id).Page;
        bool hasToken = environment.Token is not null;
        string login = "give a token in HF_TOKEN, or with hf auth login";
        return (Header(response, "X-Error-Code"), response.StatusCode) switch
        {
            ("GatedRepo", _) when hasToken =>
                $"{subject.Id} is gated, and the account of the token in {environment.TokenPlace} has no access; ask "
                    + $"for it at {page}",
            ("GatedRepo", _) => $"{subject.Id} is gated; ask for access at {page}, then {login}",
            ("RevisionNotFound", _) =>
                $"{subject.Id} has no revision {subject.Revision ?? HubReference.MainBranch}; its branches and tags "
                    + $"are at {page}",
            ("EntryNotFound", _) => $"{subject.Id} has no file of that name ({response.RequestMessage?.RequestUri})",
            ("RepoNotFound", _) when hasToken =>
                $"{page}: there is no such {what}, or the token in {environment.TokenPlace} may not see it; check the name"
                    + Other(subject),
            ("RepoNotFound", _) =>
                $"{page}: there is no such {what}, or it is private; check the name{Other(subject)}, or {login}",
            (_, HttpStatusCode.Unauthorized) when hasToken =>
                $"{environment.Endpoint} does not take the token in {environment.TokenPlace}{said}; make a new one at "
                    + $"{environment.Endpoint}/settings/tokens, or unset it",
            (_, HttpStatusCode.Unauthorized) =>
                $"{page}: it is not open to everybody, or there is no such {what}{said}; check the "
                    + $"name{Other(subject)}, or {login}",
            (_, HttpStatusCode.Forbidden) => $"{page}: access is refused{said}; "
                + (hasToken ? $"the token in {environment.TokenPlace} may lack the right to it" : login),
            (_, HttpStatusCode.NotFound) => $"{response.RequestMessage?.RequestUri}: there is nothing at that address{said}",
            (_, HttpStatusCode.TooManyRequests) =>
                $"{environment.Endpoint} has had too many requests{said}; wait some minutes, then run the command again",
            (_, >= HttpStatusCode.InternalServerError) =>
                $"{response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Authority)} answered "
                    + $"{(int)response.StatusCode}{said}, "
                    + "also when asked again; run the command again later, it goes on where it stopped",
            _ => $"{response.RequestMessage?.RequestUri}: the answer was {(int)response.StatusCode}{said}",
        };
    }

    private static string Other(HubReference subject) =>
        subject.Kind == HubKind.Model ? " (a data set needs --dataset)" : " (a model goes without --dataset)";

    // The server's own words, in brackets; its pages are left out.
    private static async Task<string> SaidAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        string? words = Header(response, "X-Error-Message");
        if (words is null)
        {
            try
            {
                using Stream body = await response.Content.ReadAsStreamAsync(cancel);
                byte[] bytes = new byte[Longest];
                int read = await body.ReadAtLeastAsync(bytes, Longest, throwOnEndOfStream: false, cancel);
                words = JsonNode.Parse(bytes.AsSpan(0, read)) is JsonObject json ? json["error"]?.ToString() : null;
            }
            catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
            {
                words = null;
            }
        }
        return words is null ? "" : $" ({FileFault.Quote(words)})";
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
}
