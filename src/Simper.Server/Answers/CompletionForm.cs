using System.Text.Json;
using Simper.Server.Protocol;
using Simper.Serving;

namespace Simper.Server.Answers;

/// <summary>Answers to /v1/completions: the prompt before its continuation if asked for, and log-probs as lists.</summary>
internal sealed class CompletionForm(HostedModel model, CompletionRequest request, IReadOnlyList<CompletionPrompt> prompts)
    : IAnswerForm
{
    private readonly AnswerHead _head = AnswerHead.New("cmpl", model.Name, "text_completion", "text_completion");

    public int Choices => prompts.Count * request.BestOf;

    private int Shown => request.Options.Count;

    public async Task WriteWholeAsync(Utf8JsonWriter json, AnswerRun run, WholeAnswer[] answers)
    {
        _head.BeginWhole(json);
        for (int p = 0; p < prompts.Count; p++)
        {
            IReadOnlyList<ShownToken> echoed = await EchoedAsync(run, p);
            int k = 0;
            foreach (int sample in Best(run, p))
            {
                WholeAnswer answer = answers[p * request.BestOf + sample];
                string before = request.Echo ? prompts[p].Text : "";
                WriteText(json, p * Shown + k++, before + answer.Text, [.. echoed, .. answer.Tokens], answer.Finish);
            }
        }
        AnswerHead.EndWhole(json, Usage.Of(run));
    }

    public async Task<IReadOnlyList<Action<Utf8JsonWriter>>> BeginningsAsync(AnswerRun run)
    {
        if (!request.Echo)
            return [];
        var chunks = new List<Action<Utf8JsonWriter>>();
        for (int p = 0; p < prompts.Count; p++)
        {
            IReadOnlyList<ShownToken> echoed = await EchoedAsync(run, p);
            for (int k = 0; k < Shown; k++)
                chunks.Add(Chunk(p * Shown + k, prompts[p].Text, echoed, null));
        }
        return chunks;
    }

    public IEnumerable<Action<Utf8JsonWriter>> Chunks(AnswerPiece piece) =>
        [Chunk(piece.Choice, piece.Text, piece.Tokens, piece.Finish)];

    public void WriteUsage(Utf8JsonWriter json, Usage usage) => _head.WriteUsage(json, usage);

    private Action<Utf8JsonWriter> Chunk(int index, string text, IReadOnlyList<ShownToken> tokens, string? finish) =>
        _head.Chunk(json => WriteText(json, index, text, tokens, finish), request.Options.IncludesUsage);

    private void WriteText(Utf8JsonWriter json, int index, string text, IReadOnlyList<ShownToken> tokens, string? finish) =>
        AnswerHead.WriteChoice(
            json,
            index,
            finish,
            () =>
            {
                json.WriteString("text", text);
                WriteLogProbs(json, tokens);
            }
        );

    private void WriteLogProbs(Utf8JsonWriter json, IReadOnlyList<ShownToken> tokens)
    {
        if (request.LogProbs is { } alternatives)
            LogProbJson.WriteLists(json, tokens, alternatives, model.Names);
        else
            json.WriteNull("logprobs");
    }

    // The likeliest of the answers that were made, per token as OpenAI chooses; where all are shown, their own order.
    private IEnumerable<int> Best(AnswerRun run, int prompt) =>
        request.BestOf == Shown
            ? Enumerable.Range(0, Shown)
            : Enumerable.Range(0, request.BestOf).OrderByDescending(s => run.MeanLogProb(prompt, s)).Take(Shown);

    private async Task<IReadOnlyList<ShownToken>> EchoedAsync(AnswerRun run, int prompt)
    {
        if (!request.Echo || request.LogProbs is null)
            return [];
        IReadOnlyList<ScoredToken?> scores = await run.PromptScoresAsync(prompt);
        int[] ids = prompts[prompt].Ids;
        return
        [
            .. ids.Select(
                (id, i) =>
                    scores[i] is { } score
                        ? new ShownToken(
                            id,
                            score.LogProb,
                            [.. score.Top.Select(t => (t.Id, (double)t.LogProb))],
                            prompts[prompt].Offsets[i]
                        )
                        : new ShownToken(id, null, [], prompts[prompt].Offsets[i])
            ),
        ];
    }
}
