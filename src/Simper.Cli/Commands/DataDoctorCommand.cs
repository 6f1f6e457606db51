using System.CommandLine;
using System.Globalization;
using Simper.Checkpoints;
using Simper.Reports;
using Simper.Text.Doctor;
using Simper.Text.Preferences;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper data doctor</summary>
internal sealed class DataDoctorCommand
{
    /// <summary>The exit code where the data has errors.</summary>
    public const int HasErrors = 1;

    private const int Examples = 3; // rows of each finding that a page shows token by token

    private readonly DataOptions _data = new();
    private readonly TokenizationModeOptions _mode = new();
    private readonly Option<string?> _evaluation = new("--eval")
    {
        HelpName = "FILE",
        Description = "Evaluation data, whose prompts should not be in the file.",
    };
    private readonly Option<string[]> _benchmarks = new("--benchmarks")
    {
        HelpName = "PATH",
        Description =
            "Files or folders of benchmarks, whose items should not be in the file; without it those in the Hugging Face cache, "
            + "with none not even these.",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<int[]> _row = new("--row")
    {
        HelpName = "N",
        Description = "Show a row token by token: prompt, answers, special and template-written tokens, which are scored.",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> _json = new("--json") { HelpName = "PATH", Description = "Write the report as JSON." };
    private readonly Option<string?> _html = new("--html")
    {
        HelpName = "PATH",
        Description = "Write the report as one page, with filters and the first rows of each finding token by token.",
    };
    private readonly Option<string?> _fix = new("--fix")
    {
        HelpName = "PATH",
        Description =
            "Write a mended copy as JSON lines, and beside it PATH.changes.jsonl, the list of what was done; the file "
            + "itself stays.",
    };
    private readonly Option<bool> _strict = new("--strict") { Description = "Exit code 1 for warnings, too." };

    public static Command Make(IAnsiConsole console)
    {
        var options = new DataDoctorCommand();
        var doctor = new Command(
            "doctor",
            "Find silent errors in preference data: what is wrong, in which rows, why it matters, what to do. Exit code 1 "
                + "where there are errors."
        );
        options._mode.AddTo(doctor);
        options._data.AddTo(doctor);
        foreach (
            Option option in (Option[])
                [
                    options._evaluation,
                    options._benchmarks,
                    options._row,
                    options._json,
                    options._html,
                    options._fix,
                    options._strict,
                ]
        )
            doctor.Options.Add(option);
        doctor.SetAction((parsed, cancel) => Task.FromResult(options.Run(console, parsed, cancel)));
        return doctor;
    }

    private int Run(IAnsiConsole console, ParseResult parsed, CancellationToken cancel)
    {
        GroupTokenizer tokenizer = _data.ModelFiles(parsed).GroupTokenizer(_mode.Apply(parsed, _data.Tokenization(parsed)));
        ColumnMap columns = _data.Reading(parsed, tokenizer.Options.Compatibility).Columns;
        int[] rows = parsed.GetValue(_row) ?? [];
        if (rows.FirstOrDefault(r => r < 1, 1) is < 1 and var wrong)
            throw new SimperException($"--row is {wrong}; rows count from 1.");
        BenchmarkIndex? benchmarks = Benchmarks(console, parsed.GetValue(_benchmarks) ?? [], cancel);
        DoctorReport report;
        using (var status = new StatusLine(console, "reading"))
            report = new DataDoctor(
                tokenizer,
                new DoctorOptions
                {
                    Columns = columns,
                    Evaluation = parsed.GetValue(_evaluation),
                    Benchmarks = benchmarks,
                    Rows = rows,
                    Examples = parsed.GetValue(_html) is null ? 0 : Examples,
                }
            ).Examine(parsed.GetValue(_data.File)!, new Progress(status), cancel);
        DoctorLines.Write(console, report, parsed.GetValue(_data.Rows), rows);
        if (parsed.GetValue(_json) is { } json)
            Written(console, json, () => WholeFile.Write(json, ReadableJson.Indented(DoctorJson.Of(report))));
        if (parsed.GetValue(_html) is { } html)
            Written(console, html, () => DoctorPage.Write(report, html));
        if (parsed.GetValue(_fix) is { } fix)
            Mend(console, report, new DataMender(tokenizer, columns), fix, cancel);
        bool fails = report.Count(Grade.Error) > 0 || (parsed.GetValue(_strict) && report.Count(Grade.Warning) > 0);
        return fails ? HasErrors : 0;
    }

    private static BenchmarkIndex? Benchmarks(IAnsiConsole console, string[] paths, CancellationToken cancel)
    {
        IEnumerable<string> files = paths switch
        {
            [] => BenchmarkFiles.InCache(),
            ["none"] => [],
            _ => paths.SelectMany(BenchmarkFiles.Of),
        };
        var index = new BenchmarkIndex();
        foreach (string file in files)
        {
            try
            {
                index.Add(file, cancel);
            }
            // nobody asked for this file
            catch (SimperException e) when (paths.Length == 0)
            {
                console.WriteLine($"Not compared with a benchmark: {e.Message}");
            }
        }
        if (index.Count == 0)
            return null;
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"compared with {index.Count:N0} items of {index.Files.Count} benchmark files"
            )
        );
        return index;
    }

    // In a folder that is made where it is missing.
    private static void Written(IAnsiConsole console, string path, Action write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{path} cannot be written: {SystemFault.Sentence(e)}.", e);
        }
        console.WriteLine($"{path} is written.");
    }

    private static void Mend(IAnsiConsole console, DoctorReport report, DataMender mender, string to, CancellationToken cancel)
    {
        (long mended, long leftOut) = (0, 0);
        Written(console, to, () => (mended, leftOut) = mender.Write(report, to, cancel));
        console.WriteLine(
            $"  {DoctorLines.Counted(mended)} mended, {DoctorLines.Counted(leftOut)} left out; what was done is in "
                + $"{DataMender.ChangesOf(to)}."
        );
    }

    private sealed class Progress(StatusLine status) : IProgress<long>
    {
        public void Report(long value) =>
            status.Show(0, string.Create(CultureInfo.InvariantCulture, $"{value:N0} rows examined"));
    }
}
