using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// OpenAI's comparisons of summaries (summarize_from_feedback): the prompt is written as in the code of that paper, a post with
/// its subreddit and title, or an article.
/// </summary>
internal static class SummaryRow
{
    public static PreferenceGroup Read(Row row)
    {
        if (row.Column("summaries") is not JsonArray { Count: 2 } summaries)
            throw row.Wrong("summaries", "be a list of two");
        int better = PairScores.Number(row.Column("choice")) switch
        {
            0 => 0,
            1 => 1,
            _ => throw row.Wrong("choice", "be 0 or 1, the place of the better summary"),
        };
        return row.TextPair(Prompt(row.Nested("info")), Summary(row, summaries, better), Summary(row, summaries, 1 - better));
    }

    private static string Prompt(Row info) =>
        info.Has("post")
            ? $"SUBREDDIT: r/{info.Text("subreddit")}\n\nTITLE: {info.Text("title")}\n\nPOST: {info.Text("post")}\n\nTL;DR:"
            : $"Article:\n{info.Text("article")}\n\nTL;DR:\n";

    private static string Summary(Row row, JsonArray summaries, int i) =>
        (summaries[i] as JsonObject)?["text"] is { } text && text.GetValueKind() == JsonValueKind.String
            ? (string)text!
            : throw row.Wrong($"summaries[{i}]", "have a text");
}
