using Simper.Cli.Demo;

namespace Simper.Cli.Tests.Commands;

/// <summary>A run is checked against its receipt: exit codes, sentence and table.</summary>
public sealed class VerifyCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string[] Train(params string[] more)
    {
        File.WriteAllLines(At("rows.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(12));
        return
        [
            "train",
            "--model_name_or_path",
            Path.Combine(DemoRun.Assets, "model"),
            "--dataset_name",
            At("rows.jsonl"),
            "--output_dir",
            At("run"),
            .. "--test_split_size 4 --dtype float32 --samples 0 --per_device_train_batch_size 2".Split(' '),
            .. more,
        ];
    }

    [Fact]
    public async Task A_run_as_it_was_is_code_0_another_one_is_code_1_and_names_what_differs()
    {
        Assert.Equal(0, (await Typed.Run(Train())).Code);
        (int code, string output, string errors) = await Typed.Run("verify", At("run"));
        Assert.Equal((0, ""), (code, errors));
        Assert.EndsWith($"{At("run")} is as its receipt says, bit for bit.\n", output, StringComparison.Ordinal);
        Assert.Contains("weights after step 4", (await Typed.Run("verify", At("run"), "--all")).Output, StringComparison.Ordinal);

        byte[] weights = await File.ReadAllBytesAsync(At("run/model/model.safetensors"), TestContext.Current.CancellationToken);
        weights[^1] ^= 1;
        await File.WriteAllBytesAsync(At("run/model/model.safetensors"), weights, TestContext.Current.CancellationToken);
        (code, output, errors) = await Typed.Run("verify", At("run"), "--steps", "1");
        Assert.Equal((1, ""), (code, errors));
        Assert.Contains("DIFFERS", output, StringComparison.Ordinal);
        Assert.Contains(
            $"{At("run")} is not as its receipt says: model/model.safetensors: its content is another one",
            output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Rows_that_were_moved_are_given_anew()
    {
        await Typed.Run(Train("--max_steps", "1"));
        File.Move(At("rows.jsonl"), At("elsewhere.jsonl"));
        (int code, _, string errors) = await Typed.Run("verify", At("run"));
        Assert.Equal(2, code);
        Assert.EndsWith(
            "What was moved is given anew, as --model_name_or_path, --dataset_name or --eval_dataset_name.\n",
            errors,
            StringComparison.Ordinal
        );
        Assert.Equal(0, (await Typed.Run("verify", At("run"), "--dataset_name", At("elsewhere.jsonl"))).Code);
    }

    [Theory]
    [InlineData("verify {0}", "is no folder; give the output_dir of a run.")]
    [InlineData("verify .", "holds no receipt.json; give the output_dir of a run.")]
    [InlineData("verify", "simper verify needs RUN")]
    [InlineData("verify . --steps x", "--steps is \"x\"; it has to be a whole number")]
    [InlineData("verify . --all --steps 2", "--all makes every step again")]
    public async Task What_is_no_run_or_no_number_is_code_2(string line, string said)
    {
        string words = string.Format(System.Globalization.CultureInfo.InvariantCulture, line, At("nowhere"));
        (int code, _, string errors) = await Typed.Run(words.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(said, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_recipe_goes_on_with_the_switch_and_is_told_at_the_end()
    {
        string[] train = Train("--save_steps", "2", "--learning_rate", "1e-5");
        Assert.Equal(0, (await Typed.Run(train)).Code);
        (int code, _, string errors) = await Typed.Run([.. Train("--save_steps", "2", "--learning_rate", "2e-5"), "--resume"]);
        Assert.Equal(2, code);
        Assert.Contains("--resume_override recipe goes on all the same.", errors, StringComparison.Ordinal);
        (code, string output, errors) = await Typed.Run([
            .. Train("--save_steps", "2", "--learning_rate", "2e-5"),
            "--resume",
            "--resume_override",
            "recipe",
        ]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(
            "resumed with another recipe or other data: learning_rate was 1E-05 and is 2E-05",
            output,
            StringComparison.Ordinal
        );
    }
}
