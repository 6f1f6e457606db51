using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>
/// Answers of a model on servers with OpenAI's chat completions, a request for each. A prompt's requests go to the same server,
/// so that it reads the prompt once; which one depends on the prompt's place only.
/// </summary>
public sealed class EndpointAnswers : IAnswerSource
{
    private readonly AnswerSampling _sampling;
    private readonly IReadOnlyList<JudgeClient> _servers;

    /// <param name="servers">The servers, at least one, of the same model; they must outlive this object.</param>
    /// <param name="sampling">How it answers.</param>
    /// <exception cref="SimperException">A setting out of its range.</exception>
    public EndpointAnswers(IReadOnlyList<JudgeClient> servers, AnswerSampling sampling)
    {
        sampling.Validate();
        (_servers, _sampling) = (servers, sampling);
        int places = servers.Sum(s => s.Endpoint.Together);
        PromptsAtOnce = 2 * Math.Max(1, (places + sampling.Answers - 1) / sampling.Answers);
        Description = new JsonObject
        {
            ["name"] = servers[0].Endpoint.Model,
            ["endpoints"] = new JsonArray([.. servers.Select(s => JsonValue.Create(Secrets.Masked(s.Endpoint.BaseUrl)))]),
        };
    }

    /// <inheritdoc/>
    public JsonObject Description { get; }

    /// <inheritdoc/>
    public bool ContinuesText => false;

    /// <inheritdoc/>
    public int PromptsAtOnce { get; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SampledAnswer>?> AnswerAsync(DataPrompt prompt, CancellationToken cancel)
    {
        JudgeClient server = _servers[prompt.Index % _servers.Count];
        try
        {
            return await Task.WhenAll(Enumerable.Range(0, _sampling.Answers).Select(i => AnswerAsync(server, prompt, i, cancel)));
        }
        catch (PromptTooLongException)
        {
            return null;
        }
    }

    private async Task<SampledAnswer> AnswerAsync(JudgeClient server, DataPrompt prompt, int answer, CancellationToken cancel)
    {
        JsonObject choice = await server.CompleteAsync(Request(prompt, answer), cancel);
        return new SampledAnswer(JudgeClient.TextOf(choice), (string?)choice["finish_reason"] == "length");
    }

    private JsonObject Request(DataPrompt prompt, int answer)
    {
        var request = new JsonObject
        {
            ["messages"] = JudgeFiles.Messages(prompt.Messages),
            ["temperature"] = _sampling.Tokens.Temperature,
            ["top_p"] = _sampling.Tokens.TopP,
            ["max_tokens"] = _sampling.Tokens.MaxNewTokens,
            // Servers take 32 bits for granted, and some refuse more.
            ["seed"] = (int)(
                DeterministicRandom.For((ulong)_sampling.SeedOf(prompt.Index), "answer of a server", (ulong)answer).NextUInt64()
                >> 33
            ),
        };
        if (_sampling.Tokens.TopK > 0)
            request["top_k"] = _sampling.Tokens.TopK;
        if (prompt.Tools is not null)
            request["tools"] = prompt.Tools.DeepClone();
        if (prompt.TemplateVariables is not null)
            request[TemplateArguments.Name] = prompt.TemplateVariables.DeepClone();
        return request;
    }
}
