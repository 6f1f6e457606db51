using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Tables;

/// <summary>
/// Every file and folder of the golden data: whatever contains them, the rows are those of the JSON lines of the same layout.
/// Compared without nulls, as its README says, since tables fill rows up with them.
/// </summary>
public class GoldenContainerTests
{
    private static readonly string[] Formats = ["golden", "data", "formats"];

    public static TheoryData<string> Files => SharedFiles.Rows(() => Expected()["files"]!.AsObject().Select(f => f.Key));

    [Theory]
    [MemberData(nameof(Files))]
    public void Rows_are_those_of_the_json_lines(string file)
    {
        JsonNode about = Expected()["files"]![file]!;
        JsonNode?[] all =
        [
            .. File.ReadLines(Full($"jsonl/{(string)about["layout"]!}.jsonl")).Select(l => Comparable(JsonNode.Parse(l))),
        ];
        if (about["splits"] is not JsonObject splits)
        {
            Same(all, Full(file), "train");
            return;
        }
        foreach ((string split, JsonNode? range) in splits)
            Same(all[((int)range![0]! - 1)..(int)range[1]!], Full(file), split);
    }

    [Fact]
    public void A_configuration_of_a_folder_is_named_behind_a_slash()
    {
        string[] rows = [.. File.ReadLines(Full("jsonl/messages.jsonl"))];
        Same([.. rows[..2].Select(r => Comparable(JsonNode.Parse(r)))], Full("containers/messages/hub") + "/extra", "train");
        Same([.. rows[9..].Select(r => Comparable(JsonNode.Parse(r)))], Full("containers/messages/hub") + "#test", "train");
        Same([.. rows[9..].Select(r => Comparable(JsonNode.Parse(r)))], Full("containers/messages/dict") + "#test", "train");
    }

    private static void Same(JsonNode?[] expected, string path, string split)
    {
        JsonNode?[] rows =
        [
            .. DataFiles.Of(path, split).SelectMany(RowReader.Read).Select(r => Comparable(JsonNode.Parse(r.Utf8))),
        ];
        Assert.Equal(expected.Length, rows.Length);
        bool isText = Path.GetExtension(path) is ".csv" or ".tsv";
        for (int i = 0; i < rows.Length; i++)
        {
            JsonNode? wanted = isText ? Told(WithoutEmpty(expected[i]!.AsObject())) : expected[i];
            Assert.True(
                JsonNode.DeepEquals(wanted, isText ? Told(rows[i]) : rows[i]),
                $"{path}, {split}, row {i + 1}: {rows[i]!.ToJsonString()}\n--- expected\n{wanted!.ToJsonString()}"
            );
        }
    }

    private static JsonNode Expected() => JsonNode.Parse(File.ReadAllText(Full("expected.json")))!;

    private static string Full(string file) => SharedFiles.Path([.. Formats, .. file.Split('/')]);

    // Without nulls in objects, with numbers as they are equal.
    private static JsonNode? Comparable(JsonNode? node) =>
        node switch
        {
            JsonObject map => new JsonObject(
                map.Where(e => e.Value is not null).Select(e => KeyValuePair.Create(e.Key, Comparable(e.Value)))
            ),
            JsonArray list => new JsonArray([.. list.Select(Comparable)]),
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => (double)value,
            _ => node?.DeepClone(),
        };

    // In a table of texts an empty cell is one that is missing.
    private static JsonObject WithoutEmpty(JsonObject row) =>
        new(row.Where(c => c.Value!.ToString().Length > 0).Select(c => KeyValuePair.Create(c.Key, c.Value?.DeepClone())));

    // What no layout reads as a number stays a text there; both sides are compared as texts.
    private static JsonNode Told(JsonNode? row) =>
        new JsonObject(row!.AsObject().Select(c => KeyValuePair.Create(c.Key, (JsonNode?)JsonValue.Create(CellText(c.Value!)))));

    private static string CellText(JsonNode value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.Number => ((double)value).ToString(CultureInfo.InvariantCulture),
            JsonValueKind.String when double.TryParse((string)value!, CultureInfo.InvariantCulture, out double number) =>
                number.ToString(CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };
}
