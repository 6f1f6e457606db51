using Simper.Server.Answers;
using Simper.Server.Protocol;

namespace Simper.Server.Hosting;

/// <summary>What the handlers of requests share.</summary>
internal sealed record ServerParts(
    ServerSettings Settings,
    IReadOnlyList<HostedModel> Models,
    ServerMetrics Metrics,
    RunningAnswers Runs,
    RequestBodies Bodies,
    Errors Errors
)
{
    /// <summary>The model of a name; names are those that the server was started with.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public HostedModel ModelOf(string name) =>
        Models.FirstOrDefault(m => m.Name == name)
        ?? throw new ApiException(404, $"The model '{Shortened(name)}' does not exist.", "model", "model_not_found");

    private static string Shortened(string name) => name.Length <= 100 ? name : name[..100] + "...";
}
