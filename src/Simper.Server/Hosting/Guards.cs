using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Simper.Server.Protocol;

namespace Simper.Server.Hosting;

/// <summary>
/// Who may ask: programs that address the server by its own name, no web pages but those allowed, and those who know the key.
/// </summary>
internal sealed class Guards
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];
    private static readonly string[] OpenPaths = ["/health"];

    private readonly bool _checksHosts;
    private readonly HashSet<string> _hosts;
    private readonly HashSet<string> _origins;
    private readonly byte[]? _key;

    public Guards(ServerSettings settings)
    {
        // A web page whose name leads to this machine sends that name: DNS rebinding. An open address has its key instead.
        _checksHosts = settings.IsLoopback || settings.AllowedHosts.Count > 0;
        _hosts = new(settings.AllowedHosts, StringComparer.OrdinalIgnoreCase);
        _origins = new(settings.AllowedOrigins, StringComparer.OrdinalIgnoreCase);
        _key = settings.ApiKey is { } key ? Hash(key) : null;
    }

    /// <summary>Lets a request pass, or answers a web page's question whether it may ask.</summary>
    /// <returns>Whether it is answered already.</returns>
    /// <exception cref="ApiException">It may not pass.</exception>
    public bool Answers(HttpContext context)
    {
        ExpectHost(context);
        if (ExpectOrigin(context))
            return true;
        if (!OpenPaths.Contains(context.Request.Path.Value))
            ExpectKey(context.Request);
        if (HttpMethods.IsPost(context.Request.Method))
            ExpectJson(context.Request);
        return false;
    }

    private void ExpectHost(HttpContext context)
    {
        if (!_checksHosts)
            return;
        HostString host = context.Request.Host;
        bool isLoopback =
            LoopbackNames.Contains(host.Host, StringComparer.OrdinalIgnoreCase)
            && (host.Port ?? 80) == context.Connection.LocalPort;
        if (!host.HasValue || !(isLoopback || _hosts.Contains(host.Host)))
            throw new ApiException(
                403,
                "The Host header is not this server's name; address it as localhost, or allow the name (--allowed_host).",
                code: "host_not_allowed"
            );
    }

    private bool ExpectOrigin(HttpContext context)
    {
        HttpRequest request = context.Request;
        StringValues origin = request.Headers.Origin;
        bool isCrossSite = request.Headers["Sec-Fetch-Site"] == "cross-site";
        if (origin.Count == 0 && !isCrossSite)
            return false;
        if (origin.Count != 1 || !_origins.Contains(origin[0]!))
            throw new ApiException(
                403,
                "Web pages may not ask this server, unless their origin is allowed (--allowed_origin).",
                code: "origin_not_allowed"
            );
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = "Origin";
        if (!HttpMethods.IsOptions(request.Method))
            return false;
        headers.AccessControlAllowMethods = "GET, POST";
        headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    private void ExpectKey(HttpRequest request)
    {
        if (_key is null)
            return; // whatever is sent, such as an empty "Bearer "
        const string scheme = "Bearer ";
        string given = request.Headers.Authorization.ToString();
        given = given.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? given[scheme.Length..].Trim() : "";
        // Hashes have one length, and comparing them takes one time.
        if (!CryptographicOperations.FixedTimeEquals(Hash(given), _key))
            throw new ApiException(
                401,
                given.Length == 0
                    ? "You didn't provide an API key. Send it as the header Authorization: Bearer KEY."
                    : "Incorrect API key provided.",
                code: "invalid_api_key"
            );
    }

    // A web page can post text without asking first; JSON it cannot.
    private static void ExpectJson(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            throw new ApiException(415, "The body has to be JSON, with the header Content-Type: application/json.");
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
