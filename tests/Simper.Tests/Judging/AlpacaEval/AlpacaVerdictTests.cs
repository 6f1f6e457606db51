using System.IO.Compression;
using System.Text.Json.Nodes;
using Simper.Judging.AlpacaEval;
using Simper.Testing;

namespace Simper.Tests.Judging.AlpacaEval;

public class AlpacaVerdictTests
{
    public static TheoryData<string> Files =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("data", "alpaca_eval", "annotations"), "*.json.gz")
                .Select(f => Path.GetFileName(f)!)
        );

    // How many have a record of the judge's log-probs depends on the file.
    [Theory]
    [MemberData(nameof(Files))]
    public void Published_annotations_are_read_alike(string file)
    {
        foreach (JsonNode? row in Annotations(file))
        {
            if (row!["raw_completion"] is not { } completion || row["preference"] is null)
                continue;
            bool isSwitched = AlpacaOrder.IsSwitched((string)row["instruction"]!);
            double? found = AlpacaVerdict.Of(completion, isSwitched);
            Assert.Equal((double)row["preference"]!, found!.Value, 1e-9);
        }
    }

    [Fact]
    public void Completions_of_every_kind_are_read_as_the_package_reads_them()
    {
        foreach (string line in File.ReadLines(SharedFiles.Path("golden", "alpaca_eval", "judge_outputs.jsonl")))
        {
            JsonNode row = JsonNode.Parse(line)!;
            string instruction = (string)row["instruction"]!;
            Assert.Equal((bool)row["switched"]!, AlpacaOrder.IsSwitched(instruction));
            Assert.Equal(
                (double)row["first_random"]!,
                new Simper.Benchmarks.PythonRandom((string)row["seed_text"]!).NextDouble(),
                1e-16
            );
            double? found = AlpacaVerdict.Of(row["completion"], (bool)row["switched"]!);
            if (row["preference"] is { } expected)
                Assert.Equal((double)expected, found!.Value, 1e-15);
            else
                Assert.Null(found);
        }
    }

    [Fact]
    public void Prompts_are_the_package_s()
    {
        string[] rows = File.ReadAllLines(SharedFiles.Path("golden", "alpaca_eval", "judge_outputs.jsonl"));
        JsonNode prompts = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "alpaca_eval", "judge_prompts.json")))!;
        foreach (JsonNode? expected in prompts.AsArray())
        {
            JsonNode row = JsonNode.Parse(rows[(int)expected!["row"]!])!;
            string prompt = AlpacaPrompt.Fill(
                (string)row["instruction"]!,
                (string)row["output_1"]!,
                (string)row["output_2"]!,
                (bool)row["switched"]!
            );
            Assert.Equal((string)expected["prompt"]!, prompt);
            Assert.Equal(
                expected["messages"]!.AsArray().Select(m => ((string)m!["role"]!, (string)m["content"]!)),
                AlpacaPrompt.Messages(prompt).Select(m => (m.Role, m.Content))
            );
        }
    }

    private static JsonArray Annotations(string file)
    {
        using var stream = new GZipStream(
            File.OpenRead(SharedFiles.Path("data", "alpaca_eval", "annotations", file)),
            CompressionMode.Decompress
        );
        return JsonNode.Parse(stream)!.AsArray();
    }
}
