using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Cli.Demo;

/// <summary>
/// Writes all sources of the bundled model and the demo: text to learn from, preference pairs with some wrong labels, held-out
/// pairs with right ones, and an untrained model (config and tokenizer). Deterministic. A request belongs to one of the three by
/// its own hash, so none occurs in two.
/// </summary>
internal static class DemoWriter
{
    private const int SftRows = 28_000;
    private const int TrainPairs = 1_120;
    private const int HeldOutPairs = 140;

    /// <summary>Approximate size of what is written.</summary>
    public const long Bytes = 8_000_000;

    /// <summary>The share of training pairs whose answers are swapped.</summary>
    public const double WrongLabels = 0.12;

    /// <summary>Writes sft.jsonl, train.jsonl, heldout.jsonl, base/ and the recipe sft.yaml into a folder.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] sft =
        [
            .. Rows(
                "sft",
                SftRows,
                part => part < 14,
                (task, request, random) =>
                {
                    string answer =
                        random.NextDouble() < task.GoodShare ? task.Right(request)! : DemoTasks.Bad(task, request, random);
                    return Line(("messages", Conversation(request, answer)));
                }
            ),
        ];
        WriteLines(folder, "sft.jsonl", sft);
        WriteLines(
            folder,
            "train.jsonl",
            Rows(
                "pairs",
                TrainPairs,
                part => part is >= 14 and < 18,
                (task, request, random) => Pair(request, task, random, isWrong: random.NextDouble() < WrongLabels)
            )
        );
        WriteLines(
            folder,
            "heldout.jsonl",
            Rows(
                "held out",
                HeldOutPairs,
                part => part >= 18,
                (task, request, random) => Pair(request, task, random, isWrong: false)
            )
        );
        DemoBase.Write(Path.Combine(folder, "base"), sft);
        File.WriteAllText(Path.Combine(folder, "sft.yaml"), SftRecipe(folder));
    }

    // The run that produces the bundled model.
    private static string SftRecipe(string folder) =>
        $"""
            model_name_or_path: '{Path.Combine(folder, "base")}'
            from_scratch: true
            dtype: float32
            dataset_name: '{Path.Combine(folder, "sft.jsonl")}'
            test_split_size: 0
            loss_type: sft
            learning_rate: 1.5e-3
            lr_scheduler_type: cosine
            warmup_ratio: 0.05
            per_device_train_batch_size: 64
            num_train_epochs: 10
            max_length: 256
            logging_steps: 50
            seed: 1
            output_dir: '{Path.Combine(folder, "run")}'

            """;

    private static IEnumerable<string> Rows(
        string purpose,
        int count,
        Func<uint, bool> belongs,
        Func<DemoTask, string, DeterministicRandom, string> row
    )
    {
        DeterministicRandom random = DeterministicRandom.For(2025, "demo " + purpose);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int made = 0, tries = 0; made < count && tries < count * 200; tries++)
        {
            DemoTask task = DemoTasks.All[tries % DemoTasks.All.Count];
            string request = task.Request(random);
            // The text repeats requests, as small kinds have few; pairs do not.
            if (!belongs(Part(request)) || (purpose != "sft" && !seen.Add(request)))
                continue;
            made++;
            yield return row(task, request, random);
        }
    }

    // One of twenty parts, by FNV-1a.
    private static uint Part(string request)
    {
        uint hash = 2166136261;
        foreach (byte b in System.Text.Encoding.UTF8.GetBytes(request))
            hash = (hash ^ b) * 16777619;
        return (hash >> 8) % 20;
    }

    private static string Pair(string request, DemoTask task, DeterministicRandom random, bool isWrong)
    {
        (string good, string bad) = (task.Right(request)!, DemoTasks.Bad(task, request, random));
        return Line(("prompt", request), ("chosen", isWrong ? bad : good), ("rejected", isWrong ? good : bad));
    }

    private static JsonArray Conversation(string request, string answer) =>
        new(
            new JsonObject { ["role"] = "user", ["content"] = request },
            new JsonObject { ["role"] = "assistant", ["content"] = answer }
        );

    private static string Line(params (string Key, JsonNode Value)[] members) =>
        ReadableJson.OneLine(new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))));

    private static void WriteLines(string folder, string name, IEnumerable<string> lines) =>
        File.WriteAllText(
            Path.Combine(folder, name),
            string.Join('\n', lines) + "\n",
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
        );
}
