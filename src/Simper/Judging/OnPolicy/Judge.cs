using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Templates;

namespace Simper.Judging.OnPolicy;

/// <summary>Asks a judge until its replies hold a verdict, and averages them. Thread safe.</summary>
/// <param name="client">The judge's server; it must outlive this object.</param>
/// <param name="settings">How often it is asked.</param>
internal sealed class Judge(JudgeClient client, JudgeSettings settings)
{
    private const int LongestReply = 1024; // tokens

    /// <summary>The mean of the verdicts in a judge's replies; null where none holds one. And the replies that do not.</summary>
    /// <param name="messages">What the judge is asked.</param>
    /// <param name="verdict">Reads a reply; null where there is no verdict in it.</param>
    /// <param name="cancel">Stops.</param>
    public async Task<(double? Verdict, int InvalidReplies)> AskAsync(
        IReadOnlyList<ChatMessage> messages,
        Func<string, double?> verdict,
        CancellationToken cancel
    )
    {
        (double? Verdict, int Invalid)[] found = await Task.WhenAll(
            Enumerable.Range(0, settings.Judgements).Select(j => AskAsync(messages, verdict, j, cancel))
        );
        double[] given = [.. found.Select(f => f.Verdict).OfType<double>()];
        return (given.Length > 0 ? given.Average() : null, found.Sum(f => f.Invalid));
    }

    /// <summary>What decides a judge's verdicts.</summary>
    /// <param name="kind">What it is asked for.</param>
    /// <param name="prompt">In which words.</param>
    public JsonObject Describe(string kind, string prompt) =>
        new()
        {
            ["rule"] = kind,
            ["judge"] = client.Endpoint.Model,
            ["base_url"] = Secrets.Masked(client.Endpoint.BaseUrl),
            ["prompt_sha256"] = FileHash.Sha256(Encoding.UTF8.GetBytes(prompt)),
            ["judgements"] = settings.Judgements,
            ["temperature"] = settings.TemperatureOf(0, 0),
        };

    private async Task<(double? Verdict, int Invalid)> AskAsync(
        IReadOnlyList<ChatMessage> messages,
        Func<string, double?> verdict,
        int judgement,
        CancellationToken cancel
    )
    {
        for (int repeat = 0; repeat <= settings.Repeats; repeat++)
        {
            JsonObject choice = await client.CompleteAsync(
                new JsonObject
                {
                    ["messages"] = JudgeFiles.Messages(messages),
                    ["temperature"] = settings.TemperatureOf(judgement, repeat),
                    ["max_tokens"] = LongestReply,
                    ["seed"] = judgement * (settings.Repeats + 1) + repeat,
                },
                cancel
            );
            if (verdict(JudgeClient.TextOf(choice)) is { } found)
                return (found, repeat);
        }
        return (null, settings.Repeats + 1);
    }
}
