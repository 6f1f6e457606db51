using Simper.Models.Adapters;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>
/// A run that is stopped or killed after random steps, again and again, is the run that was not: weights, moments, reference,
/// logs and the rows that each step consumed.
/// </summary>
public sealed class RandomStopsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Kinds() =>
        Counts.AreFull
            ? new TheoryData<string, string>(
                from kind in (string[])["simper", "dpo", "tr-dpo", "lora", "lora-dpo"]
                from dtype in (string[])["float32", "bfloat16"]
                select (kind, dtype)
            )
            : new TheoryData<string, string>(("tr-dpo", "bfloat16"), ("lora", "bfloat16"));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Random_stops_change_no_bit_and_no_row(string kind, string dtype)
    {
        (int steps, int stops, int every) = Counts.AreFull ? (200, 20, 10) : (16, 4, 4);
        Recipe whole = DemoRecipe.In(_folder, rows: 30, output: "whole") with
        {
            Objective = Recipe.Read(null, [("loss_type", kind is "simper" or "lora" ? "simper" : "dpo")]).Objective,
            Dtype = dtype == "float32" ? Precision.Float32 : Precision.BFloat16,
            SyncRefModel = kind == "tr-dpo",
            UsePeft = kind.StartsWith("lora", StringComparison.Ordinal),
            Lora = new AdapterConfig
            {
                Rank = 4,
                Alpha = 8,
                Dropout = 0.1,
                TargetModules = ModuleNames.Matching("all-linear"),
            },
            RefModelSyncSteps = 3,
            TrainBatchSize = 2,
            GradientAccumulationSteps = 2,
            MaxSteps = steps + 1, // the last step's state is not saved, the model is
            SaveSteps = every,
            LoggingSteps = 3,
            EvalSteps = steps / 4,
        };
        var rows = new SortedDictionary<int, string>();
        RunCourse.Run(whole, rows: rows);

        Recipe parts = whole with { OutputDir = _folder["parts"] };
        var others = new SortedDictionary<int, string>();
        var random = new Random(3);
        int[] at = [.. Enumerable.Range(every, steps - every).OrderBy(_ => random.Next()).Take(stops).Order()];
        for (int i = 0; i < at.Length; i++)
            RunCourse.Run(i == 0 ? parts : RunCourse.Resumed(parts), at[i], isKilled: random.Next(2) == 0, others);
        RunCourse.Run(RunCourse.Resumed(parts), rows: others);

        RunCourse.ExpectSame(_folder["whole"], _folder["parts"]);
        string hash = StateOf("whole");
        Assert.Equal(hash, StateOf("parts"));
        string StateOf(string run) =>
            string.Join(
                ' ',
                ((string[])[whole.UsePeft ? "adapter_model.safetensors" : "model.safetensors", SavedStates.Optimizer]).Select(f =>
                    RunCourse.Hash(_folder[$"{run}/checkpoint-{steps}"], f)
                )
            );
        Assert.Equal(steps + 1, rows.Count);
        Assert.Equal(rows, others);
        Counts.Tell(
            4,
            $"{kind} {dtype}, {TorchSharp.torch.get_num_threads()} threads: {steps} steps, stopped or killed after "
                + $"{at.Length} of them ({string.Join(' ', at)}); SHA-256 of weights and moments equal ({hash[..12]}...), "
                + $"log equal, rows of {rows.Count} steps equal"
        );
    }
}
