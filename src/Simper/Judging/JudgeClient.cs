using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging;

/// <summary>
/// Asks a server for chat completions, repeats what it could not take, and keeps to its limits. Thread safe.
/// </summary>
public sealed class JudgeClient : IDisposable
{
    private const int LongestMessage = 300;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly JudgeEndpoint _endpoint;
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly SemaphoreSlim _places;
    private readonly Lock _lock = new();
    private DateTime _nextStart = DateTime.MinValue;

    /// <param name="endpoint">The server. Its key is read from the environment now.</param>
    /// <exception cref="SimperException">A setting out of its range.</exception>
    public JudgeClient(JudgeEndpoint endpoint)
    {
        endpoint.Validate();
        _endpoint = endpoint;
        _places = new SemaphoreSlim(endpoint.Together);
        _address = new Uri(endpoint.BaseUrl.TrimEnd('/') + "/chat/completions");
        // A key is sent to the address that was given, and to no other.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = endpoint.Timeout };
        if (Environment.GetEnvironmentVariable(endpoint.KeyVariable) is { Length: > 0 } key)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Trim());
    }

    /// <summary>The server.</summary>
    public JudgeEndpoint Endpoint => _endpoint;

    /// <summary>The answer to a request, whose model is filled in: the first of its <c>choices</c>.</summary>
    /// <exception cref="PromptTooLongException">The conversation does not fit into the model's context.</exception>
    /// <exception cref="SimperException">The server refuses the request, or does not answer after all repetitions.</exception>
    public async Task<JsonObject> CompleteAsync(JsonObject request, CancellationToken cancel = default)
    {
        await _places.WaitAsync(cancel);
        try
        {
            return await AskAsync(request, cancel);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>What a choice says.</summary>
    internal static string TextOf(JsonObject choice) => (choice["message"] as JsonObject)?["content"]?.ToString() ?? "";

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    private async Task<JsonObject> AskAsync(JsonObject request, CancellationToken cancel)
    {
        request["model"] = _endpoint.Model;
        string body = request.ToJsonString();
        string last = "";
        for (int attempt = 0; attempt <= _endpoint.Retries; attempt++)
        {
            await WaitForTurnAsync(cancel);
            TimeSpan? pause = null;
            try
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using HttpResponseMessage response = await _http.PostAsync(_address, content, cancel);
                string text = await response.Content.ReadAsStringAsync(cancel);
                if (response.IsSuccessStatusCode)
                    return Choice(text);
                last = $"it answered {(int)response.StatusCode}: {Reason(text, response.StatusCode)}";
                if (IsTooLong(response.StatusCode, text))
                    throw new PromptTooLongException($"{_address}: {last}.");
                if (!IsPassing(response.StatusCode))
                    throw new SimperException($"{_address}: {last}{Advice(response.StatusCode)}");
                pause = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - DateTimeOffset.UtcNow : null;
            }
            catch (HttpRequestException e)
            {
                last = SystemFault.Sentence(e);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                last = string.Create(CultureInfo.InvariantCulture, $"no answer within {_endpoint.Timeout.TotalSeconds} s");
            }
            if (attempt < _endpoint.Retries)
                Postpone(pause ?? _endpoint.FirstPause * Math.Pow(2, attempt));
        }
        throw new SimperException(
            $"{_address}: {last}, also after {_endpoint.Retries} repetitions. What was answered is kept; "
                + "run the command again to go on."
        );
    }

    // One place in a queue of start times, for a limit per minute and for pauses that the server asked for.
    private async Task WaitForTurnAsync(CancellationToken cancel)
    {
        TimeSpan wait;
        lock (_lock)
        {
            DateTime now = DateTime.UtcNow;
            DateTime start = _nextStart > now ? _nextStart : now;
            wait = start - now;
            if (_endpoint.RequestsPerMinute > 0)
                _nextStart = start + TimeSpan.FromMinutes(1.0 / _endpoint.RequestsPerMinute);
        }
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, cancel);
    }

    private void Postpone(TimeSpan pause)
    {
        pause =
            pause < TimeSpan.Zero ? TimeSpan.Zero
            : pause > LongestPause ? LongestPause
            : pause;
        lock (_lock)
        {
            DateTime until = DateTime.UtcNow + pause;
            _nextStart = until > _nextStart ? until : _nextStart;
        }
    }

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests
        || (int)status >= 500;

    // OpenAI's code and words, which other servers repeat.
    private static bool IsTooLong(HttpStatusCode status, string text) =>
        status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge
        && (
            text.Contains("context_length_exceeded", StringComparison.Ordinal)
            || text.Contains("maximum context length", StringComparison.OrdinalIgnoreCase)
        );

    private JsonObject Choice(string text)
    {
        try
        {
            if (
                JsonNode.Parse(text) is JsonObject answer
                && answer["choices"] is JsonArray { Count: > 0 } choices
                && choices[0] is JsonObject choice
            )
                return choice.DeepClone().AsObject();
        }
        catch (JsonException)
        {
            // said below
        }
        throw new SimperException(
            $"{_address} answers with no \"choices\"; {_endpoint.UrlName} has to be that of an OpenAI-compatible server."
        );
    }

    private static string Reason(string text, HttpStatusCode status)
    {
        string reason = text;
        try
        {
            reason = JsonNode.Parse(text) is JsonObject { } body
                ? body["error"] switch
                {
                    JsonObject error => error["message"]?.ToString() ?? text,
                    JsonValue error => error.ToString(),
                    _ => body["message"]?.ToString() ?? text,
                }
                : text;
        }
        catch (JsonException)
        {
            // a page of a proxy: its text as it is
        }
        reason = string.Join(' ', reason.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        return reason.Length == 0 ? status.ToString()
            : reason.Length > LongestMessage ? reason[..LongestMessage] + "…"
            : reason;
    }

    private string Advice(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                $"; the key is read from the environment variable {_endpoint.KeyVariable}.",
            HttpStatusCode.NotFound => $"; check {_endpoint.UrlName}, and that the server has a model {_endpoint.Model}.",
            _ => ".",
        };
}
