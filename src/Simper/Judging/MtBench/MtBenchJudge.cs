using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Judging.MtBench;

/// <summary>
/// Has a judge rate answers of MT-Bench one by one, or compare two models' in both orders, and writes FastChat's files. What a
/// file has already is not asked for again.
/// </summary>
/// <param name="client">The judge's server.</param>
/// <param name="questions">The questions.</param>
/// <param name="prompts">What to ask.</param>
/// <param name="references">Reference answers by question.</param>
public sealed class MtBenchJudge(
    JudgeClient client,
    IReadOnlyList<MtBenchQuestion> questions,
    MtBenchPrompts prompts,
    IReadOnlyList<MtBenchAnswer> references
)
{
    private const int LongestJudgment = 2048;

    private readonly Dictionary<int, MtBenchAnswer> _references = references
        .GroupBy(r => r.QuestionId)
        .ToDictionary(g => g.Key, g => g.Last());

    /// <summary>Rates every turn of every answer.</summary>
    /// <param name="answers">Of one model or several.</param>
    /// <param name="file">The judgments, a line each.</param>
    /// <param name="progress">Called with how many of how many are done.</param>
    /// <param name="cancel">Stops; what was judged stays.</param>
    public Task RateAsync(
        IReadOnlyList<MtBenchAnswer> answers,
        string file,
        Action<int, int>? progress = null,
        CancellationToken cancel = default
    ) =>
        RunAsync(
            file,
            [
                .. from question in questions
                from answer in answers
                where answer.QuestionId == question.Id
                from turn in Enumerable.Range(1, question.Turns.Count)
                select (
                    Key: $"{question.Id} {turn} {answer.Model}",
                    Judge: (Func<CancellationToken, Task<JsonObject>>)(token => RateAsync(question, turn, answer, token))
                ),
            ],
            row => $"{row["question_id"]} {row["turn"]} {row["model"]}",
            progress,
            cancel
        );

    /// <summary>Compares two models' answers to every turn, each order once.</summary>
    /// <param name="first">One model's answers.</param>
    /// <param name="second">The other's.</param>
    /// <param name="file">The judgments, a line each.</param>
    /// <param name="progress">Called with how many of how many are done.</param>
    /// <param name="cancel">Stops; what was judged stays.</param>
    public Task CompareAsync(
        IReadOnlyList<MtBenchAnswer> first,
        IReadOnlyList<MtBenchAnswer> second,
        string file,
        Action<int, int>? progress = null,
        CancellationToken cancel = default
    ) =>
        RunAsync(
            file,
            [
                .. from question in questions
                from a in first
                where a.QuestionId == question.Id
                from b in second
                where b.QuestionId == question.Id
                from turn in Enumerable.Range(1, question.Turns.Count)
                select (
                    Key: $"{question.Id} {turn} {a.Model} {b.Model}",
                    Judge: (Func<CancellationToken, Task<JsonObject>>)(token => CompareAsync(question, turn, a, b, token))
                ),
            ],
            row => $"{row["question_id"]} {row["turn"]} {row["model_1"]} {row["model_2"]}",
            progress,
            cancel
        );

    private async Task RunAsync(
        string file,
        IReadOnlyList<(string Key, Func<CancellationToken, Task<JsonObject>> Judge)> matches,
        Func<JsonObject, string> keyOf,
        Action<int, int>? progress,
        CancellationToken cancel
    )
    {
        if (matches.Count == 0)
            throw new SimperException("No answer belongs to one of the questions; give the answers to this file of questions.");
        using JudgedRows rows = JudgedRows.Open(file);
        HashSet<string> known = [.. rows.Rows.Where(r => MtBenchJudgment.JudgeOf(r) == client.Endpoint.Model).Select(keyOf)];
        var open = matches.Where(m => !known.Contains(m.Key)).ToArray();
        int done = matches.Count - open.Length;
        progress?.Invoke(done, matches.Count);
        await Parallel.ForEachAsync(
            open,
            new ParallelOptions { MaxDegreeOfParallelism = client.Endpoint.Together, CancellationToken = cancel },
            async (match, token) =>
            {
                rows.Add(await match.Judge(token));
                progress?.Invoke(Interlocked.Increment(ref done), matches.Count);
            }
        );
    }

    private async Task<JsonObject> RateAsync(MtBenchQuestion question, int turn, MtBenchAnswer answer, CancellationToken cancel)
    {
        IReadOnlyList<ChatMessage> messages = prompts.Single(question, turn, answer, _references.GetValueOrDefault(question.Id));
        string judgment = await AskAsync(messages, cancel);
        double score = MtBenchVerdict.Rating(judgment);
        return new JsonObject
        {
            ["question_id"] = question.Id,
            ["model"] = answer.Model,
            ["judge"] = new JsonArray(client.Endpoint.Model, MtBenchPrompts.NameOf(question, turn, isPairwise: false)),
            ["user_prompt"] = messages[^1].Content,
            ["judgment"] = judgment,
            ["score"] = score == Math.Floor(score) ? JsonValue.Create((long)score) : JsonValue.Create(score),
            ["turn"] = turn,
            ["tstamp"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0,
        };
    }

    private async Task<JsonObject> CompareAsync(
        MtBenchQuestion question,
        int turn,
        MtBenchAnswer first,
        MtBenchAnswer second,
        CancellationToken cancel
    )
    {
        MtBenchAnswer? reference = _references.GetValueOrDefault(question.Id);
        IReadOnlyList<ChatMessage> asFirst = prompts.Pair(question, turn, first, second, reference);
        IReadOnlyList<ChatMessage> asSecond = prompts.Pair(question, turn, second, first, reference);
        string forward = await AskAsync(asFirst, cancel);
        string backward = await AskAsync(asSecond, cancel);
        return new JsonObject
        {
            ["question_id"] = question.Id,
            ["model_1"] = first.Model,
            ["model_2"] = second.Model,
            ["g1_winner"] = Named(MtBenchVerdict.Winner(forward), "model_1", "model_2"),
            ["g2_winner"] = Named(MtBenchVerdict.Winner(backward), "model_2", "model_1"),
            ["judge"] = new JsonArray(client.Endpoint.Model, MtBenchPrompts.NameOf(question, turn, isPairwise: true)),
            ["g1_user_prompt"] = asFirst[^1].Content,
            ["g1_judgment"] = forward,
            ["g2_user_prompt"] = asSecond[^1].Content,
            ["g2_judgment"] = backward,
            ["turn"] = turn,
            ["tstamp"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0,
        };
    }

    private static string Named(string winner, string a, string b) =>
        winner switch
        {
            "A" => a,
            "B" => b,
            _ => winner,
        };

    private async Task<string> AskAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancel)
    {
        JsonObject choice = await client.CompleteAsync(
            new JsonObject
            {
                ["messages"] = JudgeFiles.Messages(messages),
                ["n"] = 1,
                ["temperature"] = 0,
                ["max_tokens"] = LongestJudgment,
            },
            cancel
        );
        return JudgeClient.TextOf(choice);
    }
}
