using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Simper.Runs;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>Runs that are stopped in the middle and go on, and what they leave in their folders.</summary>
internal static class StoppedRuns
{
    /// <summary>Runs until a step was reported: then it is cancelled, or left as a killed process leaves it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="until">The step.</param>
    /// <param name="isKilled">Whether it is left.</param>
    /// <param name="rows">Receives the rows of each step.</param>
    /// <returns>What the run said.</returns>
    public static List<string> Run(
        Recipe recipe,
        int until = int.MaxValue,
        bool isKilled = false,
        IDictionary<int, string>? rows = null
    )
    {
        var said = new List<string>();
        using var cancel = new CancellationTokenSource();
        foreach (RunEvent happened in new TrainingRun(recipe).Events(cancel.Token))
        {
            if (happened is RunEvent.Message message)
                said.Add(message.Text);
            if (happened is not RunEvent.Step { Report: { Number: var number } report })
                continue;
            string consumed = string.Join(' ', report.Metrics.Outcomes.Select(o => o.Row));
            if (rows is not null && rows.TryGetValue(number, out string? before))
                Assert.Equal(before, consumed); // a step that is made again
            if (rows is not null)
                rows[number] = consumed;
            if (number != until)
                continue;
            if (isKilled)
                break;
            cancel.Cancel();
        }
        return said;
    }

    /// <summary>The same run, going on from its newest checkpoint.</summary>
    public static Recipe Resumed(this Recipe recipe) => recipe with { ResumeFromCheckpoint = "true" };

    /// <summary>The lines of its log without times and memory, which differ between any two runs.</summary>
    public static string[] Metrics(string run) =>
        [
            .. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
                .Select(line =>
                {
                    JsonObject json = JsonNode.Parse(line)!.AsObject();
                    foreach (string name in (string[])["tokens_per_second", "pairs_per_second", "peak_memory_bytes"])
                        json.Remove(name);
                    return json.ToJsonString();
                }),
        ];

    /// <summary>The SHA-256 of a file.</summary>
    public static string Hash(params string[] parts) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(parts))));

    /// <summary>Expects that two runs left the same model and the same logs.</summary>
    public static void ExpectSame(TemporaryFolder folder, string run, string other)
    {
        string model = Path.Combine("model", "model.safetensors");
        Assert.Equal(Hash(folder[run], model), Hash(folder[other], model));
        Assert.Equal(Metrics(folder[run]), Metrics(folder[other]));
        foreach (string name in (string[])["pairs.jsonl", "samples.jsonl"])
            Assert.Equal(File.Exists(folder[$"{run}/{name}"]), File.Exists(folder[$"{other}/{name}"]));
        Assert.Equal(File.ReadAllText(folder[$"{run}/pairs.jsonl"]), File.ReadAllText(folder[$"{other}/pairs.jsonl"]));
        string Events(string of) => Assert.Single(Directory.GetFiles(folder[$"{of}/tensorboard"]));
        Assert.Equal(new FileInfo(Events(run)).Length, new FileInfo(Events(other)).Length);
        JsonNode Summary(string of) => JsonNode.Parse(File.ReadAllText(folder[$"{of}/summary.json"]))!;
        foreach (string name in (string[])["status", "steps", "total_steps", "before", "after"])
            Assert.Equal(Summary(run)[name]!.ToJsonString(), Summary(other)[name]!.ToJsonString());
    }

    /// <summary>Every file of a run with its hash.</summary>
    public static string[] Files(string run) =>
        [
            .. Directory
                .GetFiles(run, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(f => $"{f} {Hash(f)}"),
        ];
}
