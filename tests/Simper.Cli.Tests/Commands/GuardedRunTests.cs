using System.Text.Json.Nodes;
using Simper.Cli.Demo;

namespace Simper.Cli.Tests.Commands;

/// <summary>What the program says of runs that are watched, and the code that it exits with.</summary>
public sealed class GuardedRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private Task<(int Code, string Output, string Error)> Train(string keys)
    {
        File.WriteAllLines(At("rows.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(60));
        return Typed.Run([
            "train",
            "--model_name_or_path",
            Path.Combine(DemoRun.Assets, "model"),
            "--dataset_name",
            At("rows.jsonl"),
            "--output_dir",
            At("run"),
            .. "--dtype float32 --samples 0 --test_split_size 12 --max_steps 4".Split(' '),
            .. keys.Split(' '),
        ]);
    }

    [Fact]
    public async Task A_run_that_is_harmed_beyond_its_rollbacks_exits_with_2_and_names_the_healthy_checkpoint()
    {
        (int code, string output, string error) = await Train(
            "--learning_rate 0.03 --warmup_steps 0 --health rollback --health_steps 2 --health_max_rollbacks 0"
        );
        Assert.Equal(2, code);
        Assert.Contains("health, step 2: IN TROUBLE: ", output, StringComparison.Ordinal);
        string said = string.Join(' ', error.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("After step 2 and 0 rollbacks ", said, StringComparison.Ordinal);
        Assert.Contains("the run returned to checkpoint-0 and ends there.", said, StringComparison.Ordinal);
        JsonNode summary = JsonNode.Parse(
            await File.ReadAllTextAsync(At("run/summary.json"), TestContext.Current.CancellationToken)
        )!;
        Assert.Equal("diverged", (string?)summary["status"]);
        Assert.False(Directory.Exists(At("run/model")));
    }

    [Fact]
    public async Task The_console_says_which_checkpoint_became_the_model()
    {
        (int code, string output, _) = await Train(
            "--learning_rate 3e-4 --load_best_model_at_end --greater_is_better --eval_steps 1 --save_steps 1"
        );
        Assert.Equal(0, code);
        string said = string.Join(' ', output.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(
            "the model is that of step 1 of 4, the best of the evaluated checkpoints (eval_loss ",
            said,
            StringComparison.Ordinal
        );
    }
}
