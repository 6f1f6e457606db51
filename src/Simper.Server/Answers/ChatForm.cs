using System.Text.Json;
using Simper.Server.Answers.ToolCalls;
using Simper.Server.Protocol;

namespace Simper.Server.Answers;

/// <summary>Answers to /v1/chat/completions.</summary>
internal sealed class ChatForm(HostedModel model, ChatRequest request) : IAnswerForm
{
    private readonly AnswerHead _head = AnswerHead.New("chatcmpl", model.Name, "chat.completion", "chat.completion.chunk");
    private readonly int[] _calls = new int[request.Options.Count];

    public int Choices => request.Options.Count;

    public Task WriteWholeAsync(Utf8JsonWriter json, AnswerRun run, WholeAnswer[] answers)
    {
        _head.BeginWhole(json);
        foreach ((int i, WholeAnswer answer) in answers.Index())
            AnswerHead.WriteChoice(json, i, answer.Finish, () => WriteMessage(json, answer));
        AnswerHead.EndWhole(json, Usage.Of(run));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Action<Utf8JsonWriter>>> BeginningsAsync(AnswerRun run) =>
        Task.FromResult<IReadOnlyList<Action<Utf8JsonWriter>>>([
            .. Enumerable
                .Range(0, Choices)
                .Select(i =>
                    Chunk(
                        i,
                        delta =>
                        {
                            delta.WriteString("role", "assistant");
                            delta.WriteString("content", "");
                        },
                        [],
                        null
                    )
                ),
        ]);

    public IEnumerable<Action<Utf8JsonWriter>> Chunks(AnswerPiece piece)
    {
        if (piece.Text.Length > 0 || piece.Tokens.Count > 0)
            yield return Chunk(piece.Choice, delta => delta.WriteString("content", piece.Text), piece.Tokens, null);
        if (piece.Calls.Count > 0)
        {
            int from = _calls[piece.Choice];
            _calls[piece.Choice] += piece.Calls.Count;
            yield return Chunk(piece.Choice, delta => WriteCalls(delta, piece.Calls, from), [], null);
        }
        if (piece.Finish is not null)
            yield return Chunk(piece.Choice, _ => { }, [], piece.Finish);
    }

    public void WriteUsage(Utf8JsonWriter json, Usage usage) => _head.WriteUsage(json, usage);

    private void WriteMessage(Utf8JsonWriter json, WholeAnswer answer)
    {
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        bool hasCalls = answer.Calls.Count > 0;
        json.WriteString("content", hasCalls && string.IsNullOrWhiteSpace(answer.Text) ? null : answer.Text);
        json.WriteNull("refusal");
        if (hasCalls)
            WriteCalls(json, answer.Calls, from: null);
        json.WriteEndObject();
        WriteLogProbs(json, answer.Tokens);
    }

    private Action<Utf8JsonWriter> Chunk(
        int choice,
        Action<Utf8JsonWriter> delta,
        IReadOnlyList<ShownToken> tokens,
        string? finish
    ) =>
        _head.Chunk(
            json =>
                AnswerHead.WriteChoice(
                    json,
                    choice,
                    finish,
                    () =>
                    {
                        json.WriteStartObject("delta");
                        delta(json);
                        json.WriteEndObject();
                        WriteLogProbs(json, tokens);
                    }
                ),
            request.Options.IncludesUsage
        );

    private void WriteLogProbs(Utf8JsonWriter json, IReadOnlyList<ShownToken> tokens)
    {
        if (request.LogProbs is { } alternatives && (tokens.Count > 0 || !request.Options.IsStreamed))
            LogProbJson.WriteContent(json, tokens, alternatives, model.Names);
        else
            json.WriteNull("logprobs");
    }

    private static void WriteCalls(Utf8JsonWriter json, IReadOnlyList<ToolCall> calls, int? from)
    {
        json.WriteStartArray("tool_calls");
        for (int i = 0; i < calls.Count; i++)
        {
            json.WriteStartObject();
            if (from is { } first)
                json.WriteNumber("index", first + i);
            json.WriteString("id", calls[i].Id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", calls[i].Name);
            json.WriteString("arguments", calls[i].Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
