using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Simper.Generation;
using Simper.Server.Answers;
using Simper.Server.Answers.ToolCalls;
using Simper.Server.Protocol;
using Simper.Serving;

namespace Simper.Server.Hosting;

/// <summary>/v1/chat/completions and /v1/completions.</summary>
internal sealed class GenerationEndpoints(ServerParts server)
{
    /// <summary>Answers a conversation.</summary>
    public async Task ChatAsync(HttpContext context)
    {
        (HostedModel model, ChatRequest request) = await ReadAsync(context, ChatRequest.Read);
        int[] prompt = model.PromptOf(request);
        if (!model.ShowsTools(request, prompt))
            Warnings.Add(context, "the chat template of this model does not show it any tools");
        var task = new AnswerTask
        {
            Request = Asked(prompt, request.Options, request.MaxTokens ?? model.Limits.Context) with
            {
                LogProbs = request.LogProbs,
                Mask = model.MaskOf(request.Format),
            },
            FirstChoice = 0,
            Param = "messages",
            Stops = request.Options.Stops,
            Shown = new ShownLogProbs(request.LogProbs, HasEnd: false, Offset: 0),
            Tools = request.Tools is null ? null : new ToolSet(request.Tools),
        };
        await new Exchange(server, context, model).AnswerAsync([task], new ChatForm(model, request), request.Options);
    }

    /// <summary>Continues texts, or scores them.</summary>
    public async Task CompletionAsync(HttpContext context)
    {
        (HostedModel model, CompletionRequest request) = await ReadAsync(context, CompletionRequest.Read);
        CompletionPrompt[] prompts =
        [
            .. request.Prompts.Select(
                (p, i) =>
                    model.PromptOf(
                        p,
                        request.AddSpecialTokens,
                        request.MaxTokens,
                        request.Prompts.Count == 1 ? "prompt" : $"prompt[{i}]"
                    )
            ),
        ];
        AnswerTask[] tasks = [.. prompts.Select((prompt, i) => Continued(request, prompt, i))];
        var form = new CompletionForm(model, request, prompts);
        await new Exchange(server, context, model).AnswerAsync(tasks, form, request.Options);
    }

    // The body is let go before anything is computed.
    private async Task<(HostedModel Model, T Request)> ReadAsync<T>(HttpContext context, Func<Fields, ModelLimits, T> read)
    {
        using JsonDocument body = await server.Bodies.ReadAsync(context);
        var fields = new Fields(body.RootElement);
        string name = fields.Text("model") is { Length: > 0 } given ? given : throw fields.Missing("model");
        HostedModel model = server.ModelOf(name);
        RequestLog.Of(context).Model = model.Name;
        T request = read(fields, model.Limits);
        // What would change the answer is refused; of the rest the client is told that it has no effect.
        string[] unread = [.. fields.Unread.Take(16)];
        if (unread.Length > 0)
            Warnings.Add(context, $"ignored: {string.Join(", ", unread)}");
        return (model, request);
    }

    private static AnswerTask Continued(CompletionRequest request, CompletionPrompt prompt, int index) =>
        new()
        {
            Request = Asked(prompt.Ids, request.Options, request.MaxTokens) with
            {
                Samples = request.BestOf,
                // The best of several are found by their log-probs.
                LogProbs = request.LogProbs ?? (request.BestOf > request.Options.Count ? 0 : null),
                ScoresPrompt = request.Echo && request.LogProbs is not null,
            },
            FirstChoice = index * request.BestOf,
            Param = "prompt",
            Stops = request.Options.Stops,
            Shown = new ShownLogProbs(request.LogProbs, HasEnd: true, Offset: request.Echo ? CodePoints.Count(prompt.Text) : 0),
            Continued = prompt.Ids,
        };

    private static GenerationRequest Asked(int[] prompt, AnswerOptions options, int maxTokens) =>
        new()
        {
            Prompt = prompt,
            MaxTokens = maxTokens,
            Samples = options.Count,
            Sampling = new SamplingSettings
            {
                Temperature = options.Temperature,
                TopP = Math.Max(options.TopP, double.Epsilon), // 0 is OpenAI's for the likeliest token alone
                TopK = options.TopK,
                MinP = options.MinP,
                PresencePenalty = options.PresencePenalty,
                FrequencyPenalty = options.FrequencyPenalty,
                RepetitionPenalty = options.RepetitionPenalty,
                LogitBias = options.LogitBias,
                Seed = options.Seed ?? Random.Shared.NextInt64(),
            },
        };
}
