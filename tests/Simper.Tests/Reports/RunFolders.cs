using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Reports;

namespace Simper.Tests.Reports;

/// <summary>Folders of runs made by hand, with figures that are known.</summary>
internal static class RunFolders
{
    /// <summary>A finished run of so many held-out pairs and steps.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="gain">What training adds to the chosen answers' mean log-probs and takes from the rejected ones'.</param>
    /// <param name="prompt">The text of every prompt.</param>
    /// <param name="pairs">Held-out pairs.</param>
    /// <param name="steps">Logged steps.</param>
    /// <param name="lossType">The recipe's objective.</param>
    /// <param name="model">The recipe's model.</param>
    public static string Write(
        string folder,
        double gain = 0.2,
        string prompt = "What is it?",
        int pairs = 20,
        int steps = 30,
        string lossType = "simper",
        string model = "models/tiny"
    )
    {
        Directory.CreateDirectory(folder);
        void Lines(string name, IEnumerable<JsonObject> lines) =>
            File.WriteAllLines(Path.Combine(folder, name), lines.Select(l => l.ToJsonString()));
        PreferenceMetrics before = Metrics(0, pairs);
        PreferenceMetrics after = Metrics(gain, pairs);
        File.WriteAllText(
            Path.Combine(folder, "recipe.yaml"),
            $"loss_type: {lossType}\nmodel_name_or_path: '{model}'\ndataset_name: 'pairs.jsonl'\nlearning_rate: {gain}\n"
        );
        Lines(
            "metrics.jsonl",
            [
                Logged(0, "eval_", before),
                .. Enumerable.Range(1, steps).Select(s => Training(s, Metrics(gain * s / steps, pairs))),
                Logged(steps, "eval_", after),
            ]
        );
        Lines(
            "pairs.jsonl",
            before
                .Outcomes.Select(o =>
                    PairRecord
                        .Of("before", o, new PairTexts($"{prompt} {o.Row}", "chosen " + o.Row, "rejected " + o.Row))
                        .ToJson()
                )
                .Concat(after.Outcomes.Select(o => PairRecord.Of("after", o).ToJson()))
        );
        Lines(
            "samples.jsonl",
            from when in (string[])["before", "after"]
            from row in (int[])[1, 2]
            select new JsonObject
            {
                ["when"] = when,
                ["row"] = row,
                ["prompt"] = $"{prompt} {row}",
                ["answer"] = $"{when} answer of {Path.GetFileName(folder)}",
                ["tokens"] = 3,
                ["finish_reason"] = "stop",
            }
        );
        var summary = new JsonObject
        {
            ["before"] = Figures(before),
            ["after"] = Figures(after),
            ["seconds"] = 12.5,
            ["pairs_per_second"] = 3.25,
            ["peak_memory_bytes"] = 1_500_000_000,
        };
        File.WriteAllText(Path.Combine(folder, "summary.json"), summary.ToJsonString());
        return folder;
    }

    /// <summary>Odd rows prefer the rejected answer until the gain is above 0.15.</summary>
    public static PreferenceMetrics Metrics(double gain, int pairs) =>
        PreferenceMetrics.Of(
            [
                .. Enumerable
                    .Range(1, pairs)
                    .Select(row =>
                    {
                        double chosen = -1 + gain + 0.001 * row;
                        double rejected = -1 - gain + 0.002 * row + (row % 2 == 1 ? 0.3 : -0.3);
                        return new PairOutcome(
                            row,
                            Math.Exp(rejected) - Math.Exp(chosen),
                            1,
                            chosen,
                            rejected,
                            5 * chosen,
                            7 * rejected,
                            5,
                            7
                        );
                    }),
            ],
            reportsMeanLogProbs: true
        );

    private static JsonObject Logged(int step, string prefix, PreferenceMetrics metrics)
    {
        var line = new JsonObject { ["step"] = step, ["epoch"] = 0 };
        foreach ((string name, double value) in metrics.Named())
            line[prefix + name] = value;
        return line;
    }

    private static JsonObject Training(int step, PreferenceMetrics metrics)
    {
        JsonObject line = Logged(step, "", metrics);
        (
            line["grad_norm"],
            line["learning_rate"],
            line["tokens_per_second"],
            line["pairs_per_second"],
            line["peak_memory_bytes"]
        ) = (1.5, 1e-5, 1000, 10, 1e9);
        return line;
    }

    private static JsonObject Figures(PreferenceMetrics metrics)
    {
        var json = new JsonObject
        {
            ["pairs"] = metrics.Pairs,
            ["rewards/accuracies_interval"] = new JsonArray(0.25, 0.75),
            ["rewards/margins_interval"] = new JsonArray(-0.1, 0.1),
        };
        foreach ((string name, double value) in metrics.Named())
            json[name] = value;
        return json;
    }
}
