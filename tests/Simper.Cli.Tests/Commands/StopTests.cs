using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Cli.Demo;

namespace Simper.Cli.Tests.Commands;

/// <summary>
/// SIGINT and SIGTERM to the program itself, in whatever it is doing: what is under way is finished and kept, the exit code says
/// so, and the same command goes on to what an unbroken one gives.
/// </summary>
public sealed class StopTests : IClassFixture<StopTests.Unbroken>, IDisposable
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SIMPER_LONG") == "1";
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly Unbroken _unbroken;
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public StopTests(Unbroken unbroken)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        _unbroken = unbroken;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The same commands, from beginning to end.</summary>
    public sealed class Unbroken : IDisposable
    {
        private readonly Dictionary<string, string> _done = [];

        public Unbroken()
        {
            Copy("train.jsonl", 12);
            Copy("heldout.jsonl", 4);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("simper-test-").FullName;

        public string[] Line(string command, string loss, string output) =>
            [
                .. command.Split(' '),
                "--model_name_or_path",
                Path.Combine(DemoRun.Assets, "model"),
                "--dataset_name",
                Path.Combine(Folder, "train.jsonl"),
                "--eval_dataset_name",
                Path.Combine(Folder, "heldout.jsonl"),
                "--output_dir",
                output,
                .. (command == "train" ? $"--loss_type {loss} --eval_steps 3 --samples 2 --sample_tokens 6" : "").Split(
                    ' ',
                    StringSplitOptions.RemoveEmptyEntries
                ),
                .. "--dtype float32 --learning_rate 3e-4 --per_device_train_batch_size 2 --max_steps 6".Split(' '),
            ];

        public async Task<string> Of(string command, string loss = "simper")
        {
            if (!_done.TryGetValue($"{command} {loss}", out string? output))
            {
                output = _done[$"{command} {loss}"] = Path.Combine(Folder, $"{_done.Count}");
                (int code, _, string errors) = await Typed.Run(Line(command, loss, output));
                Assert.Equal((0, ""), (code, errors));
            }
            return output;
        }

        public void Dispose() => Directory.Delete(Folder, recursive: true);

        private void Copy(string name, int rows) =>
            File.WriteAllLines(Path.Combine(Folder, name), File.ReadLines(Path.Combine(DemoRun.Assets, name)).Take(rows));
    }

    /// <summary>What the program does next when it has written a line.</summary>
    public static TheoryData<string, string, string, int> Phases()
    {
        (string, string, string)[] phases =
        [
            ("load", "simper", "rows of the layout"),
            ("tokenize", "simper", " M parameters, "),
            ("reference", "dpo", "^held out: 4 rows kept"),
            ("before", "simper", "^held out: 4 rows kept"),
            ("train", "simper", "^step 2/6"),
            ("between", "simper", "^step 3/6"),
            ("after", "simper", "^step 6/6"),
            ("save", "simper", "^trained$"),
        ];
        var all = new TheoryData<string, string, string, int>();
        foreach ((string phase, string loss, string line) in phases)
        {
            for (int i = 0; i < (IsLong ? 10 : 1); i++)
                all.Add(phase, loss, line, i);
        }
        return all;
    }

    /// <param name="phase">What is under way.</param>
    /// <param name="loss">The objective.</param>
    /// <param name="line">The line that announces it.</param>
    /// <param name="time">At the line the first time, some milliseconds behind it all others.</param>
    [Theory]
    [MemberData(nameof(Phases))]
    public async Task A_run_is_stopped_in_any_phase_and_goes_on_to_the_same_weights(
        string phase,
        string loss,
        string line,
        int time
    )
    {
        string unbroken = await _unbroken.Of("train", loss);
        string run = Path.Combine(_folder, "run");
        string[] words = _unbroken.Line("train", loss, run);
        int delay = time == 0 ? 0 : new Random(time).Next(1, 400);
        (int code, string output, string errors) = await Stopped(words, line, delay: delay);
        Assert.Equal("", errors);
        if (code == 0 && delay > 0) // it had come to its end
        {
            Assert.Equal(Model(unbroken), Model(run));
            return;
        }
        Assert.True(code == 143, $"{phase}: {code}\n{output}");
        bool hasStepped = Directory.Exists(run);
        if (delay == 0)
        {
            Assert.Equal(phase is "train" or "between" or "after" or "save", hasStepped);
            string said = phase switch
            {
                "train" => "INTERRUPTED at step 2 of 6",
                "between" => "INTERRUPTED at step 3 of 6",
                "after" or "save" => "resume_from_checkpoint: true makes the evaluation",
                _ => "stopped before a step was made; nothing is lost",
            };
            Assert.Contains(said, output, StringComparison.Ordinal);
        }
        bool goesOn = hasStepped && Directory.GetDirectories(run, "checkpoint-*").Length > 0;
        (code, _, errors) = await Typed.Run([.. words, .. goesOn ? ["--resume"] : Array.Empty<string>()]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(Model(unbroken), Model(run));
        Assert.Equal(Logged(unbroken), Logged(run));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_second_signal_ends_the_program_at_once(string signal, int expected)
    {
        string run = Path.Combine(_folder, "run");
        (int code, string output, string errors) = await Stopped(
            _unbroken.Line("train", "simper", run),
            "^step 2/6",
            signal,
            times: 2
        );
        Assert.Equal((expected, ""), (code, errors));
        Assert.StartsWith("step 2/6", output.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(run, "model")));
    }

    [Fact]
    public async Task A_comparison_is_stopped_in_an_arm_and_goes_on_to_the_same_figures()
    {
        const string command = "compare --objectives simper,dpo --every 2 --answers 2 --answer_tokens 6";
        string unbroken = await _unbroken.Of(command);
        string output = Path.Combine(_folder, "compared");
        string[] words = _unbroken.Line(command, "", output);
        (int code, string said, string errors) = await Stopped(words, "^dpo, .*: step 2, ");
        Assert.Equal((143, ""), (code, errors));
        Assert.Contains("stopped; what came to its end is kept in ", said, StringComparison.Ordinal);
        (code, said, errors) = await Typed.Run([.. words, "--resume"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("simper, rate 3e-4, seed 42: done before", said, StringComparison.Ordinal);
        Assert.Contains("dpo, rate 3e-4, seed 42: goes on after step 2 of 6", said, StringComparison.Ordinal);
        foreach (string name in (string[])["compare.json", "experiment.json", "plots/margin.svg"])
            Assert.Equal(File.ReadAllText(Path.Combine(unbroken, name)), File.ReadAllText(Path.Combine(output, name)));
        Assert.Equal(Page(unbroken), Page(output));

        string Page(string folder) =>
            File.ReadAllText(Path.Combine(folder, "compare.html")).Replace(folder, "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evaluation_is_stopped_and_leaves_nothing()
    {
        string output = Path.Combine(_folder, "judged");
        string[] words =
        [
            "evaluate",
            "--model_name_or_path",
            Path.Combine(DemoRun.Assets, "model"),
            "--dataset_name",
            Path.Combine(_unbroken.Folder, "train.jsonl"),
            "--dtype",
            "float32",
            "--output_dir",
            output,
        ];
        (int code, _, string errors) = await Stopped(words, "12 rows kept", "INT");
        Assert.Equal((130, "Interrupted; nothing was written.\n"), (code, errors));
        Assert.False(Directory.Exists(output));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task The_making_of_pairs_is_stopped_and_goes_on_to_the_same_bytes(string signal, int expected)
    {
        string[] Words(string name) =>
            [
                "data",
                "generate",
                Path.Combine(_unbroken.Folder, "train.jsonl"),
                "--model_name_or_path",
                Path.Combine(DemoRun.Assets, "model"),
                "--output_file",
                Path.Combine(_folder, name),
                .. "--dtype float32 --score length:..12 --answers 2 --max_new_tokens 24 --max_sequences 1 --keep_all".Split(' '),
            ];
        (int code, _, string errors) = await Typed.Run(Words("unbroken.jsonl"));
        Assert.Equal((0, ""), (code, errors));
        string pairs = Path.Combine(_folder, "pairs.jsonl");
        (code, _, errors) = await Stopped(Words("pairs.jsonl"), "^prompt 1/12", signal);
        Assert.Equal(
            (
                expected,
                $"Interrupted; the answers so far are kept in {pairs}.part, and the same command goes on with the rest.\n"
            ),
            (code, errors)
        );
        Assert.False(File.Exists(pairs));
        (code, string output, errors) = await Typed.Run(Words("pairs.jsonl"));
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches(@"\n[1-9]\d? of 12 prompts were answered before and are not again", output);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "unbroken.jsonl")), File.ReadAllBytes(pairs));
    }

    // Programs that a shell started in the background ignore SIGINT, and so do those that they start.
    private static async Task<(int Code, string Output, string Errors)> Stopped(
        string[] words,
        string line,
        string signal = "TERM",
        int times = 1,
        int delay = 0
    )
    {
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll"), .. words];
        if (OperatingSystem.IsLinux())
            program = ["env", "--default-signal=INT", .. program];
        var start = new ProcessStartInfo(program[0], program[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["DOTNET_STARTUP_HOOKS"] = typeof(StopTests).Assembly.Location,
                [SignalAtLine.Line] = line,
                [SignalAtLine.Signal] = signal,
                [SignalAtLine.Times] = times.ToString(CultureInfo.InvariantCulture),
            },
        };
        if (delay > 0)
            start.Environment[SignalAtLine.Delay] = delay.ToString(CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        string output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output, await errors);
    }

    private static byte[] Model(string run) => File.ReadAllBytes(Path.Combine(run, "model", "model.safetensors"));

    // Times and memory differ between any two runs.
    private static string[] Logged(string run) =>
        [
            .. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
                .Select(line =>
                {
                    JsonObject json = JsonNode.Parse(line)!.AsObject();
                    foreach (string name in (string[])["tokens_per_second", "pairs_per_second", "peak_memory_bytes"])
                        json.Remove(name);
                    return json.ToJsonString();
                }),
            .. File.ReadLines(Path.Combine(run, "pairs.jsonl")),
            .. File.ReadLines(Path.Combine(run, "samples.jsonl")),
        ];
}
