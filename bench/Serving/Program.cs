// How fast an engine answers many at once: greedy answers of a fixed length to prompts made of ids by a formula, as JSON.
//   dotnet run -c Release --project bench/Serving -- --model PATH [--dtype bfloat16] [--prompt 64] [--tokens 128]
// [--streams 1,8,32] [--rounds 3] [--shared 0] [--json FILE] "shared" is how many of the prompt's ids all streams have in common.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper;
using Simper.Bench;
using Simper.Models;
using Simper.Serving;
using Simper.Tensors;

HeapSettings.Apply(); // as the program does
Options? options = Options.Read(
    args,
    "--model PATH [--dtype bfloat16|float32] [--prompt 64] [--tokens 128] [--streams 1,8,32] [--rounds 3] [--shared 0]",
    needed: ["model"],
    defaults: new()
    {
        ["dtype"] = "bfloat16",
        ["prompt"] = "64",
        ["tokens"] = "128",
        ["streams"] = "1,8,32",
        ["rounds"] = "3",
        ["shared"] = "0",
        ["json"] = "",
    }
);
if (options is null)
    return 2;

(int length, int tokens, int rounds, int shared) = (
    options.Number("prompt"),
    options.Number("tokens"),
    options.Number("rounds"),
    options.Number("shared")
);
try
{
    Precision precision = options["dtype"] == "float32" ? Precision.Float32 : Precision.BFloat16;
    using ServedModel model = ServedModel.Load("bench", options["model"], precision);
    int words = Math.Min(40_000, model.Vocabulary - 1_000);
    int fresh = 0; // no two prompts of a process begin alike, but for what they are to share
    var report = new JsonArray();
    foreach (int streams in options["streams"].Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture)))
    {
        await using var engine = new GenerationEngine(model, new EngineSettings { MaxSequences = streams });
        var (all, writing, first) = (new List<double>(), new List<double>(), new List<double>());
        string ids = "";
        for (int round = 0; round <= rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            var firsts = new double[streams];
            var lasts = new double[streams];
            await Task.WhenAll(Enumerable.Range(0, streams).Select(Stream));
            double seconds = lasts.Max();
            if (round == 0)
                continue; // warm-up
            all.Add(streams * tokens / seconds);
            writing.Add(streams * (tokens - 1) / (seconds - firsts.Max()));
            first.Add(firsts.Order().ElementAt(streams / 2));

            async Task Stream(int s)
            {
                int own = s == 0 ? 0 : fresh += 31;
                GenerationTicket ticket = engine.Submit(
                    new GenerationRequest
                    {
                        Prompt =
                        [
                            .. Enumerable
                                .Range(0, length)
                                .Select(i => 1_000 + (int)((i + (i < shared ? 0L : own)) * 7919 % words)),
                        ],
                        MaxTokens = tokens,
                        StopIds = [],
                    }
                );
                var written = new List<int>();
                await foreach (GeneratedToken token in ticket.Samples[0].Tokens())
                {
                    if (written.Count == 0)
                        firsts[s] = Stopwatch.GetElapsedTime(started).TotalSeconds;
                    written.Add(token.Id);
                }
                lasts[s] = Stopwatch.GetElapsedTime(started).TotalSeconds;
                ids = s == 0 ? string.Join(' ', written.Take(8)) : ids;
            }
        }
        JsonObject Rates(List<double> rates) =>
            new() { ["median"] = Round(rates.Order().ElementAt(rates.Count / 2)), ["best"] = Round(rates.Max()) };
        report.Add(
            new JsonObject
            {
                ["streams"] = streams,
                ["tokens_per_second"] = Rates(all),
                ["decode_tokens_per_second"] = Rates(writing),
                ["median_seconds_to_first_token"] = Math.Round(first.Order().ElementAt(first.Count / 2), 4),
                ["steps"] = engine.Counters.Steps,
                ["first_ids"] = ids,
            }
        );
    }
    var result = new JsonObject
    {
        ["command"] = options.Command("bench/Serving"),
        ["processor_threads"] = TorchSharp.torch.get_num_threads(),
        ["dtype"] = precision.Name,
        ["results"] = report,
        ["peak_memory_bytes"] = ProcessMemory.Peak(),
    };
    options.Write(result);
    return 0;
}
catch (SimperException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static double Round(double rate) => Math.Round(rate, 1);
