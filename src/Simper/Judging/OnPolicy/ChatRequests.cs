using System.Text.Json.Nodes;

namespace Simper.Judging.OnPolicy;

/// <summary>Requests to a server, no more under way at once than it is to have. Thread safe.</summary>
/// <param name="client">The server; it must outlive this object.</param>
internal sealed class ChatRequests(JudgeClient client) : IDisposable
{
    private readonly SemaphoreSlim _places = new(client.Endpoint.Together);

    /// <summary>The server.</summary>
    public JudgeEndpoint Endpoint => client.Endpoint;

    /// <summary>The first of the choices, when there is a place for the request.</summary>
    /// <exception cref="SimperException">As <see cref="JudgeClient.CompleteAsync"/> throws it.</exception>
    public async Task<JsonObject> AskAsync(JsonObject request, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            return await client.CompleteAsync(request, cancel);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>What a choice says.</summary>
    public static string TextOf(JsonObject choice) => (choice["message"] as JsonObject)?["content"]?.ToString() ?? "";

    public void Dispose() => _places.Dispose();
}
