using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Text.Templates;

namespace Simper.Judging.Comparison;

/// <summary>
/// Has a judge compare answers blind, as A and B, in both orders. Verdicts are written as they come; those that are there already
/// are not asked for again.
/// </summary>
/// <param name="client">The judge's server.</param>
public sealed partial class PairJudge(JudgeClient client)
{
    private const int LongestVerdict = 1024;
    internal const string Instructions =
        "You compare two answers to the same request. Judge how well each does what is asked: whether it is correct, helpful, "
        + "complete and clear. Neither the order nor the length of the answers may count. Give your reasons in a few sentences, "
        + "then end with your verdict on a line of its own: [[A]] if answer A is better, [[B]] if answer B is better, [[C]] if "
        + "they are equally good.";

    /// <summary>Judges all pairs.</summary>
    /// <param name="pairs">The prompts and answers.</param>
    /// <param name="file">The verdicts, a line each.</param>
    /// <param name="progress">Called with how many of how many are done.</param>
    /// <param name="cancel">Stops; what was judged stays.</param>
    /// <exception cref="SimperException">The judge cannot be used, or gave no verdict on any pair.</exception>
    public async Task<IReadOnlyList<PairVerdict>> RunAsync(
        IReadOnlyList<AnswerPair> pairs,
        string file,
        Action<int, int>? progress = null,
        CancellationToken cancel = default
    )
    {
        using JudgedRows rows = JudgedRows.Open(file);
        var known = new Dictionary<(string, string, string), (string Forward, string Backward)>();
        foreach (JsonObject row in rows.Rows.Where(r => r["judge"]?.ToString() == client.Endpoint.Model))
            known[(Text(row, "prompt"), Text(row, "first"), Text(row, "second"))] = (Text(row, "forward"), Text(row, "backward"));
        (string, string, string) Key(AnswerPair pair) => (Conversation(pair), pair.First, pair.Second);
        AnswerPair[] open = [.. pairs.Where(p => p.First != p.Second && !known.ContainsKey(Key(p)))];
        int done = pairs.Count - open.Length;
        progress?.Invoke(done, pairs.Count);
        await Parallel.ForEachAsync(
            open,
            new ParallelOptions { MaxDegreeOfParallelism = client.Endpoint.Together, CancellationToken = cancel },
            async (pair, token) =>
            {
                string forward = await AskAsync(pair, pair.First, pair.Second, token);
                string backward = await AskAsync(pair, pair.Second, pair.First, token);
                var row = new JsonObject
                {
                    ["judge"] = client.Endpoint.Model,
                    ["prompt"] = Conversation(pair),
                    ["first"] = pair.First,
                    ["second"] = pair.Second,
                    ["forward"] = forward,
                    ["backward"] = backward,
                };
                lock (known)
                {
                    rows.Add(row);
                    known[Key(pair)] = (forward, backward);
                    progress?.Invoke(++done, pairs.Count);
                }
            }
        );
        PairVerdict[] verdicts =
        [
            .. pairs
                .Select(p =>
                    p.First == p.Second ? new PairVerdict(p, 0.5, 0.5)
                    : (ForB(known[Key(p)].Forward), ForB(known[Key(p)].Backward)) is ({ } forward, { } backward)
                        ? new PairVerdict(p, forward, 1 - backward)
                    : null
                )
                .OfType<PairVerdict>(),
        ];
        return verdicts.Length > 0
            ? verdicts
            : throw new SimperException(
                $"{client.Endpoint.Model} gave no verdict of the form [[A]], [[B]] or [[C]]; take another judge."
            );
    }

    /// <summary>How much a judgment prefers answer B: the last verdict in it; null where there is none.</summary>
    internal static double? ForB(string judgment) =>
        Verdict().Matches(judgment).LastOrDefault() switch
        {
            { Value: "[[A]]" } => 0,
            { Value: "[[B]]" } => 1,
            { Value: "[[C]]" } => 0.5,
            _ => null,
        };

    internal static IReadOnlyList<ChatMessage> Messages(AnswerPair pair, string a, string b) =>
        [
            new("system", Instructions),
            new(
                "user",
                $"[Request]\n{Conversation(pair)}\n\n[Answer A]\n{a}\n[End of answer A]\n\n[Answer B]\n{b}\n[End of answer B]"
            ),
        ];

    private static string Conversation(AnswerPair pair) => Conversation(pair.Prompt);

    /// <summary>A conversation as the judge reads it.</summary>
    internal static string Conversation(IReadOnlyList<ChatMessage> prompt) =>
        prompt.Count == 1 ? prompt[0].Content : string.Join("\n\n", prompt.Select(m => $"{m.Role}: {m.Content}"));

    private async Task<string> AskAsync(AnswerPair pair, string a, string b, CancellationToken cancel)
    {
        JsonObject choice = await client.CompleteAsync(
            new JsonObject
            {
                ["messages"] = JudgeFiles.Messages(Messages(pair, a, b)),
                ["temperature"] = 0,
                ["max_tokens"] = LongestVerdict,
            },
            cancel
        );
        return JudgeClient.TextOf(choice);
    }

    private static string Text(JsonObject row, string key) => row[key]?.ToString() ?? "";

    [GeneratedRegex(@"\[\[[ABC]\]\]")]
    private static partial Regex Verdict();
}
