using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Simper.Text.Preferences;

/// <summary>
/// The layout that columns without one come nearest to, and which of them may be what it needs, by their names and values.
/// </summary>
/// <param name="Layout">The layout.</param>
/// <param name="Columns">Its columns as the data may have them; those that are missing as COLUMN.</param>
/// <param name="Missing">What none of the columns is like.</param>
internal sealed partial record NearestLayout(RowLayout Layout, ColumnMap Columns, IReadOnlyList<string> Missing)
{
    private const string Unknown = "COLUMN";

    private static readonly string[] Answers =
    [
        "completion",
        "response",
        "answer",
        "output",
        "reply",
        "target",
        "generation",
        "assistant",
        "solution",
    ];

    // What people call the columns of layouts, in words of their names.
    private static readonly (string Name, string[] Words)[] Words =
    [
        (
            "prompt",
            ["prompt", "question", "instruction", "query", "problem", "task", "request", "post", "context", "dialog", "dialogue"]
        ),
        ("chosen", ["chosen", "best", "better", "good", "preferred", "accepted", "winner", "winning", "win", "positive", "pos"]),
        (
            "rejected",
            ["rejected", "worst", "worse", "bad", "loser", "losing", "lose", "negative", "neg", "dispreferred", "wrong"]
        ),
        ("completion", Answers),
        ("output", Answers),
        ("messages", ["messages", "conversation", "conversations", "dialog", "dialogue", "chat", "turns"]),
        ("responses", ["responses", "answers", "candidates", "completions", "samples", "generations", "outputs", "replies"]),
        ("better_response_id", ["better", "best", "preferred", "preference", "winner", "winning", "choice", "verdict", "label"]),
        ("label", ["label", "labels", "thumbs", "liked", "good", "desirable", "feedback", "upvote"]),
    ];

    // Words of columns about an answer, not of the answer itself.
    private static readonly string[] Attributes =
    [
        "id",
        "ids",
        "model",
        "models",
        "source",
        "type",
        "name",
        "lang",
        "language",
        "score",
        "rating",
        "reward",
        "rank",
        "hash",
        "length",
        "tokens",
    ];

    private static readonly string[] Lists = ["messages", "responses"];
    private static readonly string[] Negations = ["non", "not", "un", "dis"];

    private int _weight; // how much of the layout is there

    /// <summary>The nearest of some layouts, or null if no column is like any of theirs.</summary>
    /// <param name="seen">Columns with a value of each.</param>
    /// <param name="layouts">The layouts.</param>
    /// <param name="given">What the user has named already; the columns have those names.</param>
    public static NearestLayout? Of(JsonObject seen, IReadOnlyList<RowLayout> layouts, ColumnMap given) =>
        layouts
            .Select(l => Of(seen, l, given))
            .Where(n => n is not null)
            .OrderByDescending(n => n!._weight)
            .ThenBy(n => n!.Missing.Count)
            .FirstOrDefault();

    private static NearestLayout? Of(JsonObject seen, RowLayout layout, ColumnMap given)
    {
        var map = new List<(string Name, string Source)>();
        var missing = new List<string>();
        string[] there = [.. layout.Needs.Select(n => Array.Find(n, c => seen[c] is not null) ?? "")];
        foreach (string[] need in layout.Needs.Where((_, i) => there[i].Length == 0))
        {
            string? like = seen.Select(c => c.Key)
                .FirstOrDefault(c =>
                    !there.Contains(c)
                    && map.All(m => m.Source != c)
                    && (need.Contains("better_response_id") || !RowLayouts.IsOptional(c))
                    && IsLike(c, need)
                    && IsOfKind(seen[c], need[0])
                );
            map.Add((need[0], like ?? Unknown));
            if (like is null)
                missing.Add(need[0]);
        }
        if (map.Count == 0 || missing.Count >= Math.Min(2, layout.Needs.Count))
            return null;
        JsonObject row = seen.DeepClone().AsObject();
        foreach ((string name, string source) in map)
            row[name] = source == Unknown ? "" : seen[source]?.DeepClone();
        return layout.Fits(row) && (missing.Count > 0 || IsRead(row, layout, given.And(map)))
            ? new NearestLayout(layout, given.And(map), missing)
            {
                // a column of the right name counts more than one that is like it
                _weight = 2 * (layout.Needs.Count - map.Count) + map.Count - 2 * missing.Count,
            }
            : null;
    }

    // Advice that ends in the next refusal is none.
    private static bool IsRead(JsonObject row, RowLayout layout, ColumnMap columns)
    {
        try
        {
            layout.Group(new Row(row, 1, "", new DatasetOptions { Columns = columns }));
            return true;
        }
        catch (SimperException)
        {
            return false;
        }
    }

    private static bool IsLike(string column, string[] names)
    {
        string[] words = [.. Word().Matches(column).Select(m => m.Value.ToLowerInvariant())];
        if (words.Any(w => Attributes.Contains(w)) && !names.Contains("better_response_id"))
            return false;
        bool isNegated = words.Any(w => Negations.Contains(w));
        foreach ((string name, string[] like) in Words)
        {
            if (!names.Contains(name))
                continue;
            if (isNegated ? name == "rejected" && words.Any(w => IsLikeChosen(w)) : words.Any(w => like.Contains(w)))
                return true;
        }
        return !isNegated && NearestName.Of(column, names) is not null;
    }

    private static bool IsLikeChosen(string word) => Words.First(w => w.Name == "chosen").Words.Contains(word);

    // Whether a value may be that of a column.
    private static bool IsOfKind(JsonNode? value, string name) =>
        name switch
        {
            _ when Lists.Contains(name) || name.EndsWith("messages", StringComparison.Ordinal) => value is JsonArray,
            "label" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number,
            "better_response_id" => value is JsonValue,
            "prompt" or "chosen" or "rejected" or "completion" or "output" => value is JsonArray or JsonObject
                || value?.GetValueKind() == JsonValueKind.String,
            _ => value is not null,
        };

    // The words of a name: best_answer, bestAnswer, best-answer.
    [GeneratedRegex("[A-Z]?[a-z]+|[A-Z]+|[^A-Za-z0-9_. -]+")]
    private static partial Regex Word();
}
