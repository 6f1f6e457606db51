using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>How runs end, well or not: what is said, and the code the program exits with.</summary>
public sealed class RunEndTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static string Model => Path.Combine(DemoRun.Assets, "model");

    private string[] Train(string output, int rows = 4) =>
        [
            "train",
            "--model_name_or_path",
            Model,
            "--dataset_name",
            Rows(rows),
            "--dtype",
            "float32",
            "--samples",
            "0",
            "--output_dir",
            At(output),
        ];

    private string Rows(int count)
    {
        File.WriteAllLines(At("rows.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(count));
        return At("rows.jsonl");
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task A_signal_stops_between_two_steps_and_the_program_says_so(string signal, int expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        using Process process = Started([
            .. Train("run", rows: 64),
            .. "--test_split_size 12 --max_steps 100000 --per_device_train_batch_size 2".Split(' '),
        ]);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (
            await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && !line.StartsWith("step 2/", StringComparison.Ordinal)
        )
        {
            // Until it trains.
        }
        using (Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((expected, ""), (process.ExitCode, await errors));
        JsonNode summary = JsonNode.Parse(
            await File.ReadAllTextAsync(At("run/summary.json"), TestContext.Current.CancellationToken)
        )!;
        int step = (int)summary["steps"]!;
        Assert.Equal(("interrupted", 100000), ((string?)summary["status"], (int)summary["total_steps"]!));
        Assert.InRange(step, 2, 99999);
        Assert.Contains($"stopped at step {step} of 100000; saving what was trained", output, StringComparison.Ordinal);
        Assert.Contains($"INTERRUPTED at step {step} of 100000", output, StringComparison.Ordinal);
        (int code, output, _) = await Typed.Run("report", At("run"));
        Assert.Equal(0, code);
        Assert.Contains($"is of a run that was stopped at step {step} of 100000", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_that_are_interrupted_are_said_to_be()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        File.WriteAllLines(At("prompts.jsonl"), Enumerable.Repeat("""{"prompt": "What is 2 + 2?"}""", 20_000));
        using Process process = Started(["generate", Model, "--dtype", "float32", "--prompt_file", At("prompts.jsonl")]);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((130, "Interrupted; the answers so far are written.\n"), (process.ExitCode, await errors));
    }

    // Programs that a shell started in the background ignore SIGINT, and so do those that they start.
    private static Process Started(string[] words)
    {
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll"), .. words];
        if (Ran("env", "--default-signal=INT", "true"))
            program = ["env", "--default-signal=INT", .. program];
        var start = new ProcessStartInfo(program[0], program[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    [Fact]
    public async Task An_earlier_evaluation_is_replaced_only_where_that_is_asked_for()
    {
        string[] line =
        [
            "evaluate",
            "--model_name_or_path",
            Model,
            "--dataset_name",
            Rows(2),
            "--dtype",
            "float32",
            "--output_dir",
            At("judged"),
        ];
        Assert.Equal(0, (await Typed.Run(line)).Code);
        (int code, string output, string errors) = await Typed.Run(line);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            $"{At("judged")} holds an earlier evaluation; give another output_dir, or overwrite_output_dir: true.\n",
            errors
        );
        Assert.Equal(0, (await Typed.Run([.. line, "--overwrite_output_dir"])).Code);
    }

    [Theory]
    [InlineData("generate {0} --prompt x")]
    [InlineData("evaluate --model_name_or_path {0} --dataset_name {1} --output_dir {2}")]
    [InlineData("lab tvd --model_name_or_path {0} --dataset_name {1}")]
    public async Task A_model_without_tokenizer_is_refused_before_its_weights_are_read(string line)
    {
        Directory.CreateDirectory(At("model"));
        foreach (string file in (string[])["config.json", "tokenizer_config.json", "model.safetensors"])
            await File.WriteAllTextAsync(At($"model/{file}"), "no weights", TestContext.Current.CancellationToken);
        (int code, _, string errors) = await Typed.Run(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, line, At("model"), Rows(1), At("out")).Split(' ')
        );
        Assert.Equal((2, $"{At("model")}: there is no tokenizer.json; put the model's beside its weights.\n"), (code, errors));
    }

    [Fact]
    public async Task A_run_whose_page_could_not_be_written_says_where_its_model_is_and_exits_with_1()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Directory.CreateDirectory(At("run"));
        File.CreateSymbolicLink(At($"run/report.html.{Environment.ProcessId}.tmp"), "/dev/full");
        (int code, string output, string errors) = await Typed.Run([.. Train("run"), "--test_split_size", "1"]);
        Assert.Equal((1, ""), (code, errors));
        Assert.Contains("report.html could not be written", output, StringComparison.Ordinal);
        Assert.Contains("the disk is full", output, StringComparison.Ordinal);
        Assert.Contains($"The model is safe in {At("run/model")}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("the page:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_disk_is_refused_before_the_first_step()
    {
        Directory.CreateDirectory(At("small"));
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Ran("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", At("small")),
            "cannot mount a small disk"
        );
        try
        {
            (int code, string output, string errors) = await Typed.Run([.. Train("small/run"), "--test_split_size", "1"]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains("make room, or give another output_dir", errors, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(At("small")));
        }
        finally
        {
            Ran("umount", At("small"));
        }
    }

    [Fact]
    public async Task The_demo_replaces_a_demo_and_nothing_else()
    {
        Assert.Equal(0, (await Typed.Run("demo", "--output_dir", At("demo"), "--max_steps", "1")).Code);
        Assert.Equal(0, (await Typed.Run("demo", "--output_dir", At("demo"), "--max_steps", "2")).Code);
        Assert.Equal(0, (await Typed.Run([.. Train("mine"), "--test_split_size", "1"])).Code);
        byte[] before = await File.ReadAllBytesAsync(At("mine/model/model.safetensors"), TestContext.Current.CancellationToken);
        (int code, string output, string errors) = await Typed.Run("demo", "--output_dir", At("mine"));
        Assert.Equal((2, ""), (code, output));
        Assert.Equal($"{At("mine")} holds a run that is not the demo's; give another --output_dir.\n", errors);
        Assert.Equal(
            before,
            await File.ReadAllBytesAsync(At("mine/model/model.safetensors"), TestContext.Current.CancellationToken)
        );
        Directory.CreateDirectory(At("other"));
        await File.WriteAllTextAsync(At("other/train.jsonl"), "mine", TestContext.Current.CancellationToken);
        foreach (string option in (string[])["--output_dir", "--write_data"])
        {
            (code, _, errors) = await Typed.Run("demo", option, At("other"));
            Assert.Equal(2, code);
            Assert.Contains("holds train.jsonl, which is no part of", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_folder_that_the_system_does_not_make_is_refused_in_words_of_ours()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        (int code, _, string errors) = await Typed.Run("lab", "modes", "--output_dir", "/proc/none");
        Assert.Equal(
            (2, "/proc/none cannot be used as output_dir: no folder can be made there; give another one.\n"),
            (code, errors)
        );
    }

    [Theory]
    [InlineData("evaluate", "--output_dir")]
    [InlineData("compare", "--output_dir")]
    [InlineData("tune", "--output_dir")]
    [InlineData("lab dynamics", "--output_dir")]
    [InlineData("lab modes", "--output_dir")]
    [InlineData("lab gradients", "--output_dir")]
    [InlineData("lab lens", "--output_dir")]
    [InlineData("lab tvd", "--output_dir")]
    public async Task Every_command_finds_out_about_its_folder_before_it_computes(string command, string option)
    {
        await File.WriteAllTextAsync(At("file"), "", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(At("mine"));
        await File.WriteAllTextAsync(At("mine/thesis.tex"), "", TestContext.Current.CancellationToken);
        string[] inputs = command is "lab modes" ? [] : ["--model_name_or_path", Model, "--dataset_name", At("nowhere.jsonl")];
        foreach (
            (string folder, string expected) in ((string, string)[])
                [("file", "is a file"), ("file/below", "cannot be used"), ("mine", "holds thesis.tex")]
        )
        {
            (int code, string output, string errors) = await Typed.Run([.. command.Split(' '), .. inputs, option, At(folder)]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.Single(errors.Trim().Split('\n'));
        }
    }

    [Theory]
    [InlineData(4, "give test_split_size: 1 (a number of rows)")]
    [InlineData(1, "test_split_size: 0, which trains without evaluation")]
    public async Task A_file_of_few_rows_gets_advice_that_works(int rows, string advice)
    {
        (int code, _, string errors) = await Typed.Run(Train("run", rows));
        Assert.Equal(2, code);
        Assert.Contains(advice, errors, StringComparison.Ordinal);
        Assert.Equal(0, (await Typed.Run([.. Train("run", rows), "--test_split_size", rows == 4 ? "1" : "0"])).Code);
    }

    private static bool Ran(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
