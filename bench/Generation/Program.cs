// How fast prompts are read and greedy answers written: tokens a second, as JSON.
//   dotnet run -c Release --project bench/Generation -- --model PATH [--dtype bfloat16] [--prompt 512] [--tokens 128] [--batch 1]
// [--rounds 5] [--frozen_weights unpacked|packed] [--json FILE] Prompts are made of ids by a formula, so that another program can
// be given the same ones; the first answer's first ids are printed to be compared.
using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper;
using Simper.Bench;
using Simper.Generation;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Runs;
using Simper.Tensors;

HeapSettings.Apply(); // as the program does
Options? options = Options.Read(
    args,
    "--model PATH [--dtype bfloat16|float32] [--prompt 512] [--tokens 128] [--batch 1] [--rounds 5] "
        + "[--frozen_weights unpacked|packed] [--json FILE]",
    needed: ["model"],
    defaults: new()
    {
        ["dtype"] = "bfloat16",
        ["prompt"] = "512",
        ["tokens"] = "128",
        ["batch"] = "1",
        ["rounds"] = "5",
        ["frozen_weights"] = "unpacked",
        ["json"] = "",
    }
);
if (options is null)
    return 2;

(int length, int tokens, int batch, int rounds) = (
    options.Number("prompt"),
    options.Number("tokens"),
    options.Number("batch"),
    options.Number("rounds")
);
try
{
    Precision precision = options["dtype"] == "float32" ? Precision.Float32 : Precision.BFloat16;
    using LanguageModel model = LanguageModel.Load(
        options["model"],
        precision,
        trainable: false,
        frozen: options["frozen_weights"] == "packed" ? FrozenWeights.Packed : FrozenWeights.Unpacked
    );
    var generator = new TextGenerator(model);
    int words = Math.Min(40_000, model.Shape.Vocabulary - 1_000);
    int[][] prompts =
    [
        .. Enumerable
            .Range(0, batch)
            .Select(s => Enumerable.Range(0, length).Select(i => 1_000 + (i + s * 31) * 7919 % words).ToArray()),
    ];
    IReadOnlyList<GeneratedAnswer> answers = [];

    // Seconds of reading the prompts and writing a first token, and of writing further ones.
    double Seconds(int newTokens)
    {
        long started = Stopwatch.GetTimestamp();
        answers = generator.Generate(prompts, new SamplingSettings { MaxNewTokens = newTokens });
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    var (reading, writing) = (new List<double>(), new List<double>());
    for (int round = 0; round <= rounds; round++)
    {
        double first = Seconds(1);
        double all = Seconds(1 + tokens);
        if (answers.Any(a => a.Finish == FinishReason.Stop))
            throw new SimperException(
                "An answer ended by itself before all tokens were written; ask for fewer, or for a prompt of another length."
            );
        if (round == 0)
            continue; // warm-up
        reading.Add(batch * length / first);
        writing.Add(batch * tokens / (all - first));
    }

    JsonObject Rates(List<double> rates) =>
        new() { ["median"] = Math.Round(rates.Order().ElementAt(rates.Count / 2), 1), ["best"] = Math.Round(rates.Max(), 1) };
    var report = new JsonObject
    {
        ["command"] = options.Command("bench/Generation"),
        ["processor_threads"] = TorchSharp.torch.get_num_threads(),
        ["dtype"] = precision.Name,
        ["frozen_weights"] = options["frozen_weights"],
        ["weight_bytes"] = model.WeightBytes,
        ["prompt_tokens"] = length,
        ["new_tokens"] = tokens,
        ["batch"] = batch,
        ["prefill_tokens_per_second"] = Rates(reading),
        ["decode_tokens_per_second"] = Rates(writing),
        ["first_ids"] = new JsonArray([.. answers[0].Ids.Take(8).Select(id => (JsonNode)id)]),
        ["peak_memory_bytes"] = ProcessMemory.Peak(),
    };
    options.Write(report);
    return 0;
}
catch (SimperException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
