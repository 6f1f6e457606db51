// Rows of preference data to token ids, and on to some training steps: rows a second and the process's peak memory.
//   dotnet run -c Release --project bench/Data -- [--model PATH] (--rows FILE | --synthetic N [--keep FILE] [--length 1]
// [--row_group 100000]) [--passes 5] [--train STEPS] [--max_length 1024] [--repeats 1] [--json FILE]
// With --repeats 1 duplicates and contradictions are looked for instead. Without a model rows are imported only. What
// --keep is called decides what is written: .parquet, .csv or .jsonl.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper;
using Simper.Bench;
using Simper.Bench.Data;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

Options? options = Options.Read(
    args,
    "[--model PATH] (--rows FILE | --synthetic N [--keep FILE] [--length 1] [--row_group 100000]) [--passes 5] "
        + "[--train STEPS] [--max_length 1024] [--repeats 1] [--json FILE]",
    needed: [],
    defaults: new()
    {
        ["model"] = "",
        ["length"] = "1",
        ["row_group"] = "100000",
        ["passes"] = "5",
        ["train"] = "0",
        ["max_length"] = "1024",
        ["repeats"] = "0",
        ["json"] = "",
        ["synthetic"] = "0",
        ["keep"] = "",
        ["rows"] = "",
    }
);
if (options is null)
    return 2;
int synthetic = options.Number("synthetic");
int passes = options.Number("passes");
int steps = options.Number("train");
if (options["rows"].Length == 0 && synthetic == 0)
{
    Console.Error.WriteLine("Give --rows, or --synthetic and how many.");
    return 2;
}

string rows =
    options["rows"].Length > 0 ? options["rows"]
    : options["keep"].Length > 0 ? options["keep"]
    : Path.Combine(Path.GetTempPath(), $"simper-{Guid.NewGuid():N}.jsonl");
try
{
    if (synthetic > 0 && !File.Exists(rows))
        SyntheticRows.Write(rows, synthetic, options.Number("length"), options.Number("row_group"));
    if (options.Number("repeats") > 0)
    {
        options.Write(Repeats.Measure(rows, options.Command("bench/Data")));
        return 0;
    }
    if (options["model"].Length == 0)
    {
        options.Write(Import.Measure(rows, passes, options.Command("bench/Data")));
        return 0;
    }
    GroupTokenizer tokenizer;
    using (Checkpoint checkpoint = Checkpoint.Open(options["model"]))
        tokenizer = ModelFiles
            .Of(checkpoint)
            .GroupTokenizer(new TokenizationOptions { MaxLength = options.Number("max_length") });
    var report = new JsonObject { ["command"] = options.Command("bench/Data") };
    var seconds = new List<double>();
    TokenizedDataset data;
    do
    {
        long started = Stopwatch.GetTimestamp();
        PreferenceDataset dataset = PreferenceDataset.Open(rows);
        double read = Stopwatch.GetElapsedTime(started).TotalSeconds;
        data = TokenizedDataset.Of(dataset, tokenizer);
        seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"pass {seconds.Count}: {seconds[^1]:F3} s, {read:F3} of them until the rows were checked; "
                    + $"{dataset.Rows / seconds[^1]:N0} rows/s"
            )
        );
        report["rows"] = dataset.Rows;
    } while (seconds.Count < passes);
    double all = (int)report["rows"]!;
    double steady = seconds.Skip(seconds.Count > 1 ? 1 : 0).Order().ElementAt((seconds.Count - 1) / 2);
    report["threads"] = Environment.ProcessorCount;
    report["tokens"] = data.Tokens;
    report["rows_per_second_first_pass"] = Math.Round(all / seconds[0]);
    report["rows_per_second_steady"] = Math.Round(all / steady); // the median of the passes behind the first
    report["tokens_per_second_steady"] = Math.Round(data.Tokens / steady);
    report["peak_memory_bytes_tokenizing"] = ProcessMemory.Peak();
    if (steps > 0)
    {
        long started = Stopwatch.GetTimestamp();
        using LanguageModel model = LanguageModel.Load(options["model"]);
        MemoryPlan plan = MemoryPlan.For(model, data, new SimPer(), MemoryPlan.Available(), ProcessMemory.Now());
        var trainer = new Trainer(model, data, new SimPer())
        {
            MaxSteps = steps,
            TokensPerMicroBatch = plan.TokensPerMicroBatch,
            KeptTokens = plan.KeptTokens,
            HeadRows = plan.HeadRows,
        };
        report["seconds_until_the_first_step"] = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3);
        StepReport[] reports = [.. trainer.Steps()];
        report["seconds_per_step"] = Math.Round(
            reports.Skip(1).DefaultIfEmpty(reports[0]).Average(r => r.Elapsed.TotalSeconds),
            4
        );
        report["peak_memory_bytes"] = ProcessMemory.Peak();
    }
    options.Write(report);
    return 0;
}
catch (SimperException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
finally
{
    if (options["rows"].Length == 0 && options["keep"].Length == 0)
        File.Delete(rows);
}
