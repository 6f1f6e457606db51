// Whole training steps of SimPER, the padded recipe and Simper in turns in one process, with the machine's GEMM peak beside them.
//   dotnet run -c Release --project bench/Step -- --rows FILE --model PATH [--steps 6] [--dtype bfloat16|float32] [--only
// padded|simper] [--pairs 4] [--memory GB] [--warmups 0] [--rounds 1] [--profile yes] [--json FILE]
// In place of a model, random weights after a config.json: --config FILE --model FOLDER_OF_A_TOKENIZER [--layers N]; as a .gguf
// file: --gguf Q4_K_M [--save FILE, which writes it and ends]. An adapter over it: --lora all-linear [--rank 16] [--unpacked yes].
using System.Globalization;
using System.Text.Json.Nodes;
using Simper;
using Simper.Bench;
using Simper.Bench.Step;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

HeapSettings.Apply(); // as the program does
Options? options = Options.Read(
    args,
    "--model PATH --rows FILE [--steps 6] [--dtype bfloat16|float32, else the faster one here] [--only "
        + "padded|simper] [--max_length 1024] [--pairs 4] [--memory GB] [--warmups 0] [--rounds 1] [--profile yes] "
        + "[--json FILE] [--config FILE [--layers N] [--gguf TYPE [--save FILE]]: random weights, with the tokenizer of --model] "
        + "[--lora MODULES [--rank 16]] [--unpacked yes]",
    needed: ["model", "rows"],
    defaults: new()
    {
        ["steps"] = "6",
        ["dtype"] = "",
        ["only"] = "",
        ["json"] = "",
        ["max_length"] = "1024",
        ["pairs"] = "4",
        ["profile"] = "no",
        ["warmups"] = "0",
        ["rounds"] = "1",
        ["memory"] = "",
        ["config"] = "",
        ["layers"] = "",
        ["gguf"] = "",
        ["save"] = "",
        ["lora"] = "",
        ["rank"] = "16",
        ["unpacked"] = "no",
    }
);
if (options is null)
    return 2;

Precision precision = options["dtype"] switch
{
    "float32" => Precision.Float32,
    "bfloat16" => Precision.BFloat16,
    _ => PrecisionProbe.Measure().Faster,
};
int steps = options.Number("steps");
int pairs = options.Number("pairs");
try
{
    if (options["save"].Length > 0)
    {
        RandomGguf.Write(options["save"], options["config"], options["layers"], options["model"], options["gguf"]);
        return 0;
    }
    using RandomModel? random =
        options["config"].Length > 0
            ? new RandomModel(options["config"], options["layers"], options["model"], options["gguf"])
            : null;
    string path = random?.Path ?? options["model"];
    using LanguageModel loaded = LanguageModel.Load(
        path,
        precision,
        trainable: options["lora"].Length == 0,
        frozen: options["unpacked"] == "yes" ? FrozenWeights.Unpacked : FrozenWeights.Packed,
        mapped: options["lora"].Length > 0
    );
    using LanguageModel? adapted =
        options["lora"].Length > 0
            ? loaded.WithNewAdapter(
                new AdapterConfig
                {
                    Rank = options.Number("rank"),
                    Alpha = 2 * options.Number("rank"),
                    TargetModules =
                        options["lora"] == ModuleNames.AllLinear
                            ? ModuleNames.Matching(ModuleNames.AllLinear)
                            : ModuleNames.Of(options["lora"].Split(',')),
                }
            )
            : null;
    LanguageModel model = adapted ?? loaded;
    TokenizedGroup[] rows =
    [
        .. TokenizedDataset.Of(
            PreferenceDataset.Open(options["rows"]),
            model.Files.GroupTokenizer(new TokenizationOptions { MaxLength = options.Number("max_length") })
        ),
    ];
    TokenizedGroup[][] batches = [.. rows.Chunk(pairs).Where(b => b.Length == pairs).Take(steps + 1)];
    Gemm before = Gemm.Measure();
    var contestants = new List<IContestant>();
    if (options["only"] != "simper")
        contestants.Add(new PaddedContestant(model, precision));
    if (options["only"] != "padded")
        contestants.Add(
            new SimperContestant(
                model,
                rows,
                options["memory"].Length > 0
                    ? double.Parse(options["memory"], CultureInfo.InvariantCulture) * 1e9
                    : MemoryPlan.Available()
            )
        );

    // The longest batch first, as the trainer's own probe: memory is taken and code compiled once a run, not once a step.
    TokenizedGroup[] longest = batches[1..].MaxBy(b => b.Sum(g => g.Prompt.Length + g.Answers.Sum(a => a.Ids.Length)))!;
    TokenizedGroup[][] warmUps = [longest, .. Enumerable.Repeat(batches[1..], options.Number("warmups")).SelectMany(b => b)];
    foreach ((TokenizedGroup[] batch, IContestant contestant) in warmUps.SelectMany(b => contestants.Select(c => (b, c))))
        contestant.Step(batch, counts: false);
    Profiler.Clear();
    Profiler.IsOn = options["profile"] == "yes";
    foreach (TokenizedGroup[] batch in Enumerable.Repeat(batches[1..], options.Number("rounds")).SelectMany(b => b))
    {
        foreach (IContestant contestant in contestants)
        {
            contestant.Step(batch, counts: true);
            Console.WriteLine($"{contestant.Name, -8} {contestant.Seconds[^1]:F2} s  loss {contestant.Losses[^1]:F5}");
        }
    }
    Gemm after = Gemm.Measure();

    Gemm peak = new(Math.Max(before.Float32, after.Float32), Math.Max(before.BFloat16, after.BFloat16));
    double top = precision == Precision.BFloat16 ? peak.BFloat16 : peak.Float32;
    double needed = batches[1..]
        .SelectMany(b => b)
        .Average(g => Operations.Needed(g, model.Shape, model.ParameterCount, model.TrainedCount));
    var report = new JsonObject
    {
        ["command"] = options.Command("bench/Step"),
        ["dtype"] = precision.Name,
        ["processor_threads"] = TorchSharp.torch.get_num_threads(),
        ["gemm_float32_gflops"] = Math.Round(peak.Float32),
        ["gemm_bfloat16_gflops"] = Math.Round(peak.BFloat16),
        ["needed_gflop_per_pair"] = Math.Round(needed / 1e9, 1),
        ["weight_bytes"] = model.WeightBytes,
        ["peak_memory_bytes"] = ProcessMemory.Peak(),
    };
    foreach (IContestant contestant in contestants)
    {
        double rate = pairs * contestant.Seconds.Count / contestant.Seconds.Sum();
        report[contestant.Name] = new JsonObject
        {
            ["pairs_per_second"] = Math.Round(rate, 4),
            ["pairs_per_peak_tflops"] = Math.Round(rate / (top / 1000), 3),
            ["share_of_peak"] = Math.Round(rate * needed / 1e9 / top, 3),
            ["tokens_per_pair"] = Math.Round(contestant.Tokens / (double)(pairs * contestant.Seconds.Count), 1),
        };
    }
    if (contestants.Count == 2)
    {
        double[] ratios = [.. contestants[0].Seconds.Zip(contestants[1].Seconds, (padded, ours) => padded / ours).Order()];
        report["padded_seconds_over_simper_seconds"] = new JsonArray(
            Math.Round(ratios[0], 2),
            Math.Round(ratios[ratios.Length / 2], 2),
            Math.Round(ratios[^1], 2)
        );
    }
    if (Profiler.IsOn)
    {
        double whole = contestants[^1].Seconds.Sum();
        var stations = Profiler.Seconds.OrderByDescending(s => s.Value).ToDictionary();
        stations["elsewhere"] = whole - stations.Values.Sum();
        report["percent_of_step"] = new JsonObject(
            stations.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Key, Math.Round(100 * s.Value / whole, 1)))
        );
    }
    options.Write(report);
    foreach (IContestant contestant in contestants)
        contestant.Dispose();
    return 0;
}
catch (SimperException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
