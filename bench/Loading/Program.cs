// How long a model takes until its first token, and how much memory loading takes, from the system: as JSON.
//   dotnet run -c Release --project bench/Loading -- --make FOLDER [--layers 32] [--hidden 4096] [--intermediate 14336]
// [--heads 32] [--kv_heads 8] [--vocabulary 128256] makes a Llama of random bfloat16 values, in files of 5 GB. (Delete it
// afterwards.)   dotnet run -c Release --project bench/Loading -- --model FOLDER [--how mapped|read|trained] [--dtype bfloat16]
// [--prompt 16] [--json FILE] loads it: matrices left in the file where they need no conversion, all read into memory, or as
// for training.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper;
using Simper.Bench.Loading;
using Simper.Generation;
using Simper.Models;
using Simper.Tensors;

HeapSettings.Apply(); // as the program does
var options = new Dictionary<string, string>
{
    ["layers"] = "32",
    ["hidden"] = "4096",
    ["intermediate"] = "14336",
    ["heads"] = "32",
    ["kv_heads"] = "8",
    ["vocabulary"] = "128256",
    ["how"] = "mapped",
    ["dtype"] = "bfloat16",
    ["prompt"] = "16",
    ["json"] = "",
};
for (int i = 0; i + 1 < args.Length; i += 2)
    options[args[i].TrimStart('-')] = args[i + 1];
int Number(string name) => int.Parse(options[name], CultureInfo.InvariantCulture);
try
{
    if (options.TryGetValue("make", out string? folder))
    {
        var model = new SyntheticLlama(
            Number("layers"),
            Number("hidden"),
            Number("intermediate"),
            Number("heads"),
            Number("kv_heads"),
            Number("vocabulary")
        );
        model.Write(folder);
        Console.WriteLine($"{folder}: {model.Bytes / 1e9:F2} GB");
        return 0;
    }
    if (!options.TryGetValue("model", out string? path))
    {
        Console.Error.WriteLine("Usage: --make FOLDER, or --model FOLDER [--how mapped|read|trained] [--dtype bfloat16]");
        return 2;
    }
    return Measure(path);
}
catch (SimperException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

int Measure(string path)
{
    // libtorch, and a product for its threads: what every command has before it loads a model.
    using (TorchSharp.torch.Tensor warm = TorchSharp.torch.ones(64, 64))
        warm.mm(warm).Dispose();
    long before = ProcessMemory.Now();
    long started = Stopwatch.GetTimestamp();
    using var memory = new MemorySampler();
    using LanguageModel model = LanguageModel.Load(
        path,
        options["dtype"] == "float32" ? Precision.Float32 : Precision.BFloat16,
        trainable: options["how"] == "trained",
        mapped: options["how"] == "mapped"
    );
    double loaded = Stopwatch.GetElapsedTime(started).TotalSeconds;
    (long anonymous, long file, long all) = memory.Peaks;
    int[] prompt = [.. Enumerable.Range(0, Number("prompt")).Select(i => 3 + i * 7919 % (model.Shape.Vocabulary - 3))];
    _ = new TextGenerator(model).Generate([prompt], new SamplingSettings { MaxNewTokens = 1 });
    double first = Stopwatch.GetElapsedTime(started).TotalSeconds;
    (long anonymousAfter, _, long allAfter) = memory.Peaks;
    long weights = Directory.GetFiles(path, "*.safetensors").Sum(f => new FileInfo(f).Length);
    double Share(long bytes) => Math.Round((double)bytes / weights, 3);
    var report = new JsonObject
    {
        ["how"] = options["how"],
        ["dtype"] = model.Precision.Name,
        ["processor_threads"] = TorchSharp.torch.get_num_threads(),
        ["file_bytes"] = weights,
        ["weight_bytes"] = model.WeightBytes,
        ["seconds_until_loaded"] = Math.Round(loaded, 2),
        ["seconds_until_first_token"] = Math.Round(first, 2),
        ["prompt_tokens"] = prompt.Length,
        ["resident_before"] = before,
        ["peak_resident_loading"] = all,
        ["peak_anonymous_loading"] = anonymous,
        ["peak_file_loading"] = file,
        ["peak_anonymous_shares_of_file"] = Share(anonymous),
        ["peak_resident_shares_of_file"] = Share(all),
        ["peak_resident_first_token"] = allAfter,
        ["peak_anonymous_first_token"] = anonymousAfter,
        ["peak_memory_bytes"] = ProcessMemory.Peak(),
    };
    string text = report.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true });
    Console.WriteLine(text);
    if (options["json"].Length > 0)
        File.WriteAllText(options["json"], text + "\n");
    return 0;
}
