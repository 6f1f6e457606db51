using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>
/// Sends requests to a hub. The token goes to the hub's own address and nowhere else, also when a redirect leads elsewhere; what
/// passes (busy servers, broken connections) is tried again. Thread safe.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 20;
    private const long LongestAnswer = 256L << 20;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly int[] Pauses = [1, 2, 4, 8, 8];
    private static readonly HttpStatusCode[] Passing =
    [
        HttpStatusCode.RequestTimeout,
        HttpStatusCode.TooManyRequests,
        HttpStatusCode.InternalServerError,
        HttpStatusCode.BadGateway,
        HttpStatusCode.ServiceUnavailable,
        HttpStatusCode.GatewayTimeout,
    ];

    private readonly HttpClient _http;
    private readonly Uri _hub;
    private readonly string? _token;

    public HubClient(HubEnvironment environment)
    {
        Environment = environment;
        _hub =
            Uri.TryCreate(environment.Endpoint, UriKind.Absolute, out Uri? hub) && hub.Scheme is "http" or "https"
                ? hub
                : throw new SimperException(
                    $"HF_ENDPOINT is \"{environment.Endpoint}\", which is no address; give one as https://huggingface.co."
                );
        _token = environment.Token;
        if (_token is not null && !_token.All(c => char.IsAscii(c) && !char.IsControl(c)))
            throw new SimperException(
                $"The token in {environment.TokenPlace} has characters that no token has; copy it again from "
                    + $"{environment.Endpoint}/settings/tokens."
            );
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = environment.Timeout,
                PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan, // large files; silence is limited instead
        };
        string version = typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0";
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Simper", version));
    }

    public HubEnvironment Environment { get; }

    /// <summary>Waits between two attempts.</summary>
    public Func<TimeSpan, CancellationToken, Task> Pause { get; init; } = Task.Delay;

    /// <summary>Called before a long wait that the server asked for.</summary>
    public Action<TimeSpan> OnWait { get; set; } = _ => { };

    /// <summary>Whether an address is the hub's, to which the token may go.</summary>
    public bool IsHub(Uri address) =>
        address.Scheme == _hub.Scheme
        && address.Port == _hub.Port
        && string.Equals(address.Host, _hub.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Sends a request until the answer is no passing failure. The caller disposes the answer, and reads its body.
    /// </summary>
    /// <param name="make">Makes the request, anew for each attempt.</param>
    /// <param name="cancel">Stops it.</param>
    /// <param name="isRepeatable">Whether asking twice does no harm.</param>
    /// <exception cref="SimperException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> make,
        CancellationToken cancel,
        bool isRepeatable = true
    )
    {
        int most = isRepeatable ? Pauses.Length : 0;
        for (int attempt = 0; ; attempt++)
        {
            TimeSpan pause = TimeSpan.FromSeconds(Pauses[Math.Min(attempt, Pauses.Length - 1)]);
            using HttpRequestMessage request = make();
            try
            {
                HttpResponseMessage response = await OnceAsync(request, cancel);
                if (attempt >= most || !Passing.Contains(response.StatusCode))
                    return response;
                pause = AskedPause(response) ?? pause;
                response.Dispose();
                if (pause > TimeSpan.FromSeconds(5))
                    OnWait(pause);
            }
            // Nobody there is said soon; a connection that breaks has a better chance.
            catch (HttpRequestException e) when (attempt < Math.Min(most, IsUnreachable(e) ? 2 : most)) { }
            catch (HttpRequestException e)
            {
                throw Unreachable(request.RequestUri!, SystemFault.Sentence(e), e);
            }
            catch (TimeoutException) when (attempt < Math.Min(most, 2)) { }
            catch (TimeoutException e)
            {
                throw Unreachable(request.RequestUri!, "no answer in time (HF_HUB_DOWNLOAD_TIMEOUT)", e);
            }
            await Pause(pause, cancel);
        }
    }

    /// <summary>
    /// The same for a request to the hub that may be redirected within it; the first answer that is no such redirect.
    /// </summary>
    public async Task<HttpResponseMessage> FollowAsync(
        HttpMethod method,
        Uri address,
        CancellationToken cancel,
        Action<HttpRequestMessage>? with = null,
        bool isRepeatable = true
    )
    {
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            Uri at = address;
            HttpResponseMessage response = await SendAsync(
                () =>
                {
                    var request = new HttpRequestMessage(method, at);
                    with?.Invoke(request);
                    return request;
                },
                cancel,
                isRepeatable
            );
            if (Redirection(response) is not { } next || !IsHub(next))
                return response;
            response.Dispose();
            address = next;
        }
        throw new SimperException($"{address}: more than {MostRedirects} redirects, one leading to the next.");
    }

    /// <summary>The JSON of an answer, with its headers.</summary>
    /// <exception cref="SimperException">The answer is a refusal, or no JSON.</exception>
    public async Task<(JsonNode Json, HttpResponseHeaders Headers)> JsonAsync(
        HttpMethod method,
        Uri address,
        HubReference subject,
        CancellationToken cancel,
        Func<HttpContent>? content = null,
        bool isRepeatable = true
    )
    {
        using HttpResponseMessage response = await FollowAsync(
            method,
            address,
            cancel,
            r => r.Content = content?.Invoke(),
            isRepeatable
        );
        return (await JsonAsync(response, subject, cancel), response.Headers);
    }

    /// <summary>The JSON of an answer that is there.</summary>
    /// <exception cref="SimperException">The answer is a refusal, or no JSON.</exception>
    public async Task<JsonNode> JsonAsync(HttpResponseMessage response, HubReference subject, CancellationToken cancel)
    {
        if (!response.IsSuccessStatusCode)
            throw await HubErrors.OfAsync(response, subject, Environment, cancel);
        try
        {
            using var silence = new SilenceStream(
                await response.Content.ReadAsStreamAsync(cancel),
                Environment.Timeout,
                LongestAnswer
            );
            return await JsonNode.ParseAsync(silence, documentOptions: new() { MaxDepth = 32 }, cancellationToken: cancel)
                ?? throw NotHub(response);
        }
        catch (JsonException)
        {
            throw NotHub(response);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException)
        {
            throw Unreachable(response.RequestMessage!.RequestUri!, SystemFault.Sentence(e), e);
        }
    }

    /// <summary>The error for an answer that a hub would not give.</summary>
    public SimperException NotHub(HttpResponseMessage response, string what = "is not what a hub answers") =>
        new(
            $"{response.RequestMessage?.RequestUri}: the answer {what}; check HF_ENDPOINT, and whether a proxy or a "
                + $"login page is in "
                + "between."
        );

    /// <summary>Where an answer redirects to; null if it does not.</summary>
    /// <exception cref="SimperException">It leads from an encrypted connection to one that is not.</exception>
    public static Uri? Redirection(HttpResponseMessage response)
    {
        if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } location)
            return null;
        Uri from = response.RequestMessage!.RequestUri!;
        var next = new Uri(from, location);
        return next.Scheme == "https" || (next.Scheme == "http" && from.Scheme == "http")
            ? next
            : throw new SimperException(
                $"{from} leads to {next.Scheme}://{next.Host}, which is not encrypted; nothing was fetched."
            );
    }

    /// <summary>The error for a server that does not answer.</summary>
    public static SimperException Unreachable(Uri address, string why, Exception inner) =>
        new(
            $"{address.GetLeftPart(UriPartial.Authority)} cannot be reached: {why}; check the connection, HTTPS_PROXY "
                + $"and HF_ENDPOINT, "
                + "then run the command again, which goes on where it stopped.",
            inner
        );

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> OnceAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        if (_token is not null && IsHub(request.RequestUri!))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // An upload may take long; its own body limits the silence.
        if (request.Content is null)
            timer.CancelAfter(Environment.Timeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException("no answer in time", e);
        }
    }

    // Retry-After, or the seconds in RateLimit: "resolvers";r=0;t=33. A second more, as Python's client waits.
    private static TimeSpan? AskedPause(HttpResponseMessage response)
    {
        TimeSpan? asked = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - DateTimeOffset.UtcNow : null;
        if (asked is null && response.Headers.TryGetValues("RateLimit", out IEnumerable<string>? limits))
        {
            string? seconds = limits
                .SelectMany(l => l.Split(';'))
                .Select(p => p.Trim())
                .FirstOrDefault(p => p.StartsWith("t=", StringComparison.Ordinal));
            asked = int.TryParse(seconds?[2..], NumberStyles.None, CultureInfo.InvariantCulture, out int t)
                ? TimeSpan.FromSeconds(t)
                : null;
        }
        return asked is not { } wait ? null
            : wait < TimeSpan.Zero ? TimeSpan.FromSeconds(1)
            : wait > LongestPause ? LongestPause
            : wait + TimeSpan.FromSeconds(1);
    }

    private static bool IsUnreachable(HttpRequestException e) =>
        e.HttpRequestError
            is HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError;
}
