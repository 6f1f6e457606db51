using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Simper.Runs;
using Simper.Tests.Ledgers;

namespace Simper.Tests.Runs;

/// <summary>Runs that are carried out whole or in parts, and compared.</summary>
internal static class RunCourse
{
    /// <summary>Runs until a step was reported: then it is cancelled, or left as a killed process leaves it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="until">The step.</param>
    /// <param name="isKilled">Whether it is left.</param>
    /// <param name="rows">Receives the rows of each step; one that is made again must have the same.</param>
    /// <returns>What it said.</returns>
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
                Assert.Equal(before, consumed);
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
    public static Recipe Resumed(Recipe recipe) => recipe with { ResumeFromCheckpoint = "true" };

    /// <summary>The bytes of the model that a run saved.</summary>
    public static byte[] Model(string run) =>
        File.ReadAllBytes(Directory.GetFiles(Path.Combine(run, "model"), "*model.safetensors").Single());

    /// <summary>The SHA-256 of a file.</summary>
    public static string Hash(params string[] parts) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(parts))));

    /// <summary>Every file of a run with its hash.</summary>
    public static string[] Files(string run) =>
        [
            .. Directory
                .GetFiles(run, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(f => $"{f} {Hash(f)}"),
        ];

    /// <summary>The lines of its log; times and memory, which differ between any two runs, are left out.</summary>
    public static JsonObject[] Metrics(string run) =>
        [
            .. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
                .Select(line =>
                {
                    JsonObject json = JsonNode.Parse(line)!.AsObject();
                    foreach (string name in (string[])["tokens_per_second", "pairs_per_second", "peak_memory_bytes"])
                        json.Remove(name);
                    return json;
                }),
        ];

    public static JsonNode Summary(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "summary.json")))!;

    /// <summary>The names of the checkpoints that it has, in order of steps.</summary>
    public static string[] Saved(string run) =>
        [
            .. Directory
                .GetDirectories(run, "checkpoint-*")
                .Select(d => Path.GetFileName(d))
                .OrderBy(n => int.Parse(n["checkpoint-".Length..], System.Globalization.CultureInfo.InvariantCulture)),
        ];

    /// <summary>Expects the same model, logs and results, bit for bit.</summary>
    public static void ExpectSame(string run, string other)
    {
        Assert.Equal(Model(run), Model(other));
        Assert.Equal(Metrics(run).Select(l => l.ToJsonString()), Metrics(other).Select(l => l.ToJsonString()));
        foreach (string name in (string[])["pairs.jsonl", "samples.jsonl"])
            Assert.Equal(File.Exists(Path.Combine(run, name)), File.Exists(Path.Combine(other, name)));
        Assert.Equal(Text(run, "pairs.jsonl"), Text(other, "pairs.jsonl"));
        Assert.Equal(Events(run), Events(other));
        Assert.Equal(LedgerLines.Of(run), LedgerLines.Of(other));
        JsonObject first = Summary(run).AsObject();
        JsonObject second = Summary(other).AsObject();
        foreach (string name in (string[])["seconds", "pairs_per_second", "peak_memory_bytes"])
            (_, _) = (first.Remove(name), second.Remove(name));
        Assert.Equal(first.ToJsonString(), second.ToJsonString());

        static string Text(string of, string name) => File.ReadAllText(Path.Combine(of, name));
        static long Events(string of) => new FileInfo(Assert.Single(Directory.GetFiles(Path.Combine(of, "tensorboard")))).Length;
    }
}
