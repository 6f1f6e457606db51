using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

/// <summary>
/// Every layout of the golden data, as JSON and as JSON lines: read with the meaning it has, or refused with its columns named.
/// </summary>
public class LayoutTests
{
    // Pairs that name the better answer in words of their own: refused, not guessed. Calls of tools have tests of their own.
    private static readonly string[] NotRead =
    [
        "arena",
        "helpsteer",
        "openai_summarize",
        "pku_saferlhf",
        "shp",
        "tools_openai",
        "tools_sharegpt",
        "tools_text",
        "tools_trl",
    ];

    public static TheoryData<string> Layouts =>
        SharedFiles.Rows(() =>
            JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "data", "formats", "expected.json")))!["layouts"]!
                .AsObject()
                .Select(l => l.Key)
                .Where(l => !NotRead.Contains(l))
        );

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Rows_mean_what_the_layout_says(string layout)
    {
        JsonArray rows = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "data", "formats", "expected.json")))![
            "layouts"
        ]![layout]!["rows"]!.AsArray();
        foreach (string file in (string[])[$"json/{layout}.json", $"jsonl/{layout}.jsonl"])
        {
            PreferenceDataset dataset = PreferenceDataset.Open(SharedFiles.Path("golden", "data", "formats", file));
            JsonNode[] expected =
            [
                .. rows.Select((r, i) => (r, i))
                    .Where(x => x.r is not null && dataset.Dropped.All(d => d.Row != x.i + 1))
                    .Select(x => x.r!),
            ];
            Assert.Equal(expected.Length, dataset.Count);
            for (int i = 0; i < expected.Length; i++)
            {
                Same(expected[i]["prompt"]!, dataset[i].Prompt, $"{file}, row {i}, prompt");
                Same((expected[i]["chosen"] ?? expected[i]["completion"])!, dataset[i].Answers[0], $"{file}, row {i}, chosen");
                if (expected[i]["label"] is { } label)
                    Assert.Equal([(bool)label ? 1 : -1], dataset[i].Weights!);
                if (expected[i]["ranking"] is JsonArray ranking)
                    Assert.Equal(
                        ranking.Select(r => (string)r!["text"]!),
                        dataset[i].Answers.Select(a => Assert.Single(a).Content)
                    );
                else if (expected[i]["rejected"] is { } rejected)
                    Same(rejected, dataset[i].Answers[1], $"{file}, row {i}, rejected");
            }
        }
    }

    [Theory]
    [InlineData("arena")]
    [InlineData("helpsteer")]
    [InlineData("shp")]
    public void Layouts_that_are_not_read_are_refused_with_their_columns(string layout)
    {
        SimperException e = Assert.Throws<SimperException>(() =>
            PreferenceDataset.Open(SharedFiles.Path("golden", "data", "formats", "jsonl", layout + ".jsonl"))
        );
        Assert.Contains("line 1: the columns", e.Message, StringComparison.Ordinal);
    }

    private static void Same(JsonNode expected, IReadOnlyList<ChatMessage> messages, string where)
    {
        string Text(string role, string? content) => $"{role}: {content}";
        Assert.True(
            expected
                .AsArray()
                .Select(m => Text((string)m!["role"]!, (string?)m["content"]))
                .SequenceEqual(messages.Select(m => Text(m.Role, m.Content))),
            $"{where}: {string.Join(" | ", messages.Select(m => Text(m.Role, m.Content)))}\n--- expected\n"
                + $"{expected.ToJsonString()}"
        );
    }
}
