using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

/// <summary>Every file of the golden data, whatever its layout and its container: each row has the meaning that it has.</summary>
public class LayoutTests
{
    private static readonly Lazy<JsonObject> Golden = new(() =>
        JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "data", "formats", "expected.json")))!.AsObject()
    );

    public static TheoryData<string> Files => SharedFiles.Rows(() => Golden.Value["files"]!.AsObject().Select(f => f.Key));

    [Theory]
    [MemberData(nameof(Files))]
    public void Rows_mean_what_the_layout_says(string file)
    {
        JsonNode about = Golden.Value["files"]![file]!;
        JsonArray rows = Golden.Value["layouts"]![(string)about["layout"]!]!["rows"]!.AsArray();
        if (about["splits"] is null)
            Same(rows, (1, rows.Count), file, "train");
        foreach ((string split, JsonNode? range) in about["splits"] as JsonObject ?? [])
            Same(rows, ((int)range![0]!, (int)range[1]!), file, split);
    }

    private static void Same(JsonArray rows, (int First, int Last) range, string file, string split)
    {
        PreferenceDataset dataset = PreferenceDataset.Open(
            SharedFiles.Path("golden", "data", "formats", file),
            new DatasetOptions { Splits = [split] }
        );
        (int first, int last) = range;
        Assert.Equal(last - first + 1, dataset.Rows);
        (int Row, JsonNode Meaning)[] expected =
        [
            .. Enumerable
                .Range(first, last - first + 1)
                .Where(n => rows[n - 1] is not null)
                .Select(n => (n - first + 1, rows[n - 1]!)),
        ];
        Assert.Equal(dataset.Rows - expected.Length, dataset.Dropped.Count);
        Assert.All(dataset.Dropped, d => Assert.Equal("its answers are all ranked alike", d.Reason));
        Assert.Equal(expected.Length, dataset.Count);
        for (int i = 0; i < expected.Length; i++)
            Same(expected[i].Meaning, dataset[i], $"{file}, row {expected[i].Row}");
    }

    public static TheoryData<string> Layouts => SharedFiles.Rows(() => Golden.Value["layouts"]!.AsObject().Select(l => l.Key));

    private static (PreferenceDataset Dataset, JsonObject[] Rows) Lines(string layout)
    {
        string file = SharedFiles.Path("golden", "data", "formats", "jsonl", layout + ".jsonl");
        return (
            PreferenceDataset.Open(file),
            [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonNode.Parse(l)!.AsObject())]
        );
    }

    private static IEnumerable<string> Meanings(PreferenceDataset dataset) =>
        dataset.Select(g =>
            string.Join(
                " / ",
                g.Answers.Prepend(g.Prompt).Select(m => Written(new JsonArray([.. m.Select(ToJson)]), isMessage: true))
            )
            + Written(g.Tools, isMessage: false)
            + string.Join(',', g.Weights ?? [])
            + string.Join(',', g.Scores ?? [])
        );

    // What a table makes of rows with different columns.
    [Theory]
    [MemberData(nameof(Layouts))]
    public void Columns_of_nulls_change_nothing(string layout)
    {
        (PreferenceDataset dataset, JsonObject[] rows) = Lines(layout);
        foreach (JsonObject row in rows)
        {
            foreach (string column in RowLayouts.Columns)
                row.TryAdd(column, null);
        }
        PreferenceDataset padded = RowFile.Open([.. rows.Select(r => r.ToJsonString())]);
        Assert.Equal(dataset.Layout, padded.Layout);
        Assert.Equal(Meanings(dataset), Meanings(padded));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Columns_of_any_names_mean_the_same_once_they_are_named(string layout)
    {
        (PreferenceDataset dataset, JsonObject[] rows) = Lines(layout);
        string[] needed = dataset.Layout[(dataset.Layout.IndexOf('(', StringComparison.Ordinal) + 1)..^1].Split(", ");
        string[] named =
        [
            .. rows.SelectMany(r => r.Select(c => c.Key)).Distinct().Where(c => needed.Contains(c) || RowLayouts.IsOptional(c)),
        ];
        IEnumerable<string> Renamed() =>
            rows.Select(r =>
                new JsonObject(r.Select(c => KeyValuePair.Create($"my {c.Key}", c.Value?.DeepClone()))).ToJsonString()
            );
        string map = string.Join(',', named.Select(c => $"{c}=my {c}"));
        Assert.Equal(Meanings(dataset), Meanings(RowFile.Mapped(map, [.. Renamed()])));
    }

    // PKU-SafeRLHF also says which answer is safer; the user may take that column in place of the other.
    [Fact]
    public void The_safer_answer_is_chosen_where_the_user_says_so()
    {
        JsonArray rows = Golden.Value["layouts"]!["pku_saferlhf"]!["rows"]!.AsArray();
        PreferenceDataset dataset = PreferenceDataset.Open(
            SharedFiles.Path("golden", "data", "formats", "jsonl", "pku_saferlhf.jsonl"),
            new DatasetOptions { Columns = ColumnMap.Parse("better_response_id=safer_response_id") }
        );
        Assert.Equal(rows.Count, dataset.Count);
        for (int i = 0; i < rows.Count; i++)
            Same(rows[i]![(string)rows[i]!["safer"]!], dataset[i].Answers[0], $"row {i + 1}");
        Assert.Contains(rows, r => (string)r!["safer"]! == "rejected");
    }

    private static void Same(JsonNode expected, PreferenceGroup found, string where)
    {
        Same(expected["prompt"], found.Prompt, $"{where}, prompt");
        Same(expected["chosen"] ?? expected["completion"], found.Answers[0], $"{where}, chosen");
        Assert.Equal(Written(expected["tools"], isMessage: false), Written(found.Tools, isMessage: false));
        if (expected["label"] is { } label)
            Assert.Equal([(bool)label ? 1 : -1], found.Weights!);
        if (expected["ranking"] is JsonArray ranking)
        {
            Assert.Equal(ranking.Select(r => (string)r!["text"]!), found.Answers.Select(a => Assert.Single(a).Content));
            IEnumerable<double?> Numbers(string key) => ranking.Select(r => (double?)r![key]);
            Assert.Equal(Numbers("score"), found.Scores?.Select(s => (double?)s) ?? ranking.Select(_ => (double?)null));
            Assert.Equal(Numbers("rank"), found.Ranks?.Select(s => (double?)s) ?? ranking.Select(_ => (double?)null));
        }
        else
        {
            Assert.Equal(expected["rejected"] is null ? 1 : 2, found.Answers.Count);
            Assert.Equal(
                expected["score_chosen"] is { } score ? [(double)score, (double)expected["score_rejected"]!] : null,
                found.Scores
            );
            Assert.Null(found.Ranks);
        }
        if (expected["rejected"] is { } rejected)
            Same(rejected, found.Answers[Worst(found)], $"{where}, rejected");
    }

    // The first of the answers with the least weight.
    private static int Worst(PreferenceGroup group) =>
        group.Weights is { } weights ? Enumerable.Range(0, weights.Count).MinBy(i => weights[i]) : 1;

    private static void Same(JsonNode? expected, IReadOnlyList<ChatMessage> messages, string where) =>
        Assert.Equal(
            $"{where}: {Written(expected, isMessage: true)}",
            $"{where}: {Written(new JsonArray([.. messages.Select(ToJson)]), isMessage: true)}"
        );

    private static JsonNode ToJson(ChatMessage message)
    {
        var json = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
        foreach ((string key, JsonNode? value) in message.Extra ?? [])
            json[key] = value?.DeepClone();
        return json;
    }

    // Keys of messages and calls in alphabetical order; those of arguments and tools in their own, since templates print them.
    private static string Written(JsonNode? node, bool isMessage) =>
        node switch
        {
            JsonArray list => $"[{string.Join(", ", list.Select(i => Written(i, isMessage)))}]",
            JsonObject map => "{"
                + string.Join(
                    ", ",
                    (isMessage ? map.OrderBy(k => k.Key, StringComparer.Ordinal) : map.AsEnumerable()).Select(k =>
                        $"{k.Key}: {Written(k.Value, isMessage && k.Key != "arguments")}"
                    )
                )
                + "}",
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => ((double)value).ToString(
                CultureInfo.InvariantCulture
            ),
            _ => node?.ToJsonString() ?? "null",
        };
}
