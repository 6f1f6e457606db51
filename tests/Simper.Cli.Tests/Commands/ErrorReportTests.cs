using System.Diagnostics;
using System.Text.RegularExpressions;
using Simper.Cli.Demo;

namespace Simper.Cli.Tests.Commands;

/// <summary>
/// Errors that nobody foresaw: a sentence, advice, a report, exit code 1; in commands, on other threads and of forgotten tasks.
/// </summary>
public sealed partial class ErrorReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int Code, string Errors)> Run(Exception error, params string[] args)
    {
        using var errors = new StringWriter();
        int code = await CommandLine.Guarded(args, errors, () => throw error);
        return (code, errors.ToString());
    }

    private static string ReportIn(string errors)
    {
        Match named = ReportName().Match(errors);
        Assert.True(named.Success, errors);
        return named.Groups[1].Value;
    }

    [Fact]
    public async Task It_is_a_sentence_with_advice_and_a_report_in_the_folder_of_the_run()
    {
        Exception error = Assert.ThrowsAny<Exception>(() =>
            ErrorNotes.Folder(
                _folder,
                () => ErrorNotes.Model<int>("runs/x/model", () => throw new InvalidOperationException("odd\n   at native"))
            )
        );
        (int code, string errors) = await Run(error, "train", "a.yaml", "--api_key", "hunter2", "--hf_token=abc");
        Assert.Equal(1, code);
        string[] lines = errors.Trim().Split('\n');
        Assert.Equal("simper train failed: odd (InvalidOperationException).", lines[0]);
        Assert.StartsWith("Try: ", lines[1], StringComparison.Ordinal);
        Assert.Equal("The trained model is safe in runs/x/model.", lines[2]);
        Assert.Equal(4, lines.Length);
        string report = await File.ReadAllTextAsync(ReportIn(errors), TestContext.Current.CancellationToken);
        Assert.Equal(_folder, Path.GetDirectoryName(ReportIn(errors)));
        Assert.Contains("command: train a.yaml --api_key *** --hf_token=***\n", report, StringComparison.Ordinal);
        foreach (
            string part in (string[])
                [
                    "simper: ",
                    "runtime: .NET",
                    "system: ",
                    "libtorch: ",
                    "InvalidOperationException: odd",
                    "   at Simper.Cli.Tests",
                ]
        )
            Assert.Contains(part, report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_holds_no_secret_and_is_its_user_s_alone()
    {
        const string Address = "https://me:hunter2-word@host/a?token=hunter2-token";
        Exception error = Assert.ThrowsAny<Exception>(() =>
            ErrorNotes.Folder<int>(_folder, () => throw new InvalidOperationException($"cannot read {Address}"))
        );
        (_, string errors) = await Run(error, "train", Address);
        string report = ReportIn(errors);
        Assert.DoesNotContain("hunter2", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "hunter2",
            await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(report));
        (int code, errors) = await Run(new SimperException($"{Address} does not exist."), "train");
        Assert.Equal((2, "https://***@host/a?token=*** does not exist.\n"), (code, errors));
    }

    [Fact]
    public async Task Without_a_folder_the_report_lies_among_the_temporary_files()
    {
        (_, string errors) = await Run(new InvalidOperationException("odd"), "env");
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.GetTempPath()), Path.GetDirectoryName(ReportIn(errors)));
        File.Delete(ReportIn(errors));
    }

    public static TheoryData<Exception> Memory =>
        [
            new OutOfMemoryException(),
            new System.Runtime.InteropServices.ExternalException("std::bad_alloc"),
            new AggregateException(
                new System.Runtime.InteropServices.ExternalException(
                    "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you "
                        + "tried to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)"
                )
            ),
            new InvalidOperationException(
                "outer",
                new System.Runtime.InteropServices.ExternalException(
                    "DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes."
                )
            ),
        ];

    [Theory]
    [MemberData(nameof(Memory))]
    public async Task Memory_that_is_not_there_has_advice_of_its_own(Exception error)
    {
        (int code, string errors) = await Run(error, "train");
        Assert.Equal(1, code);
        Assert.StartsWith(
            "simper train failed: there was not enough memory.\nTry: a max_memory below",
            errors,
            StringComparison.Ordinal
        );
        File.Delete(ReportIn(errors));
    }

    public static TheoryData<Exception, string> OfTheSystem =>
        new()
        {
            { new IOException("No space left on device : '/x'", 28), "/x: the disk is full; make room.\n" },
            { new IOException("Disk quota exceeded : '/x'", 122), "/x: the disk quota is used up; make room.\n" },
            { new UnauthorizedAccessException("Access to the path '/x' is denied."), "/x: there is no permission.\n" },
            { new FileNotFoundException("Could not find file '/x'."), "/x: there is no such file.\n" },
        };

    [Theory]
    [MemberData(nameof(OfTheSystem))]
    public async Task A_full_disk_and_a_missing_permission_are_one_sentence_and_a_user_s_matter(
        Exception error,
        string sentence
    ) => Assert.Equal((2, sentence), await Run(error, "train"));

    [Fact]
    public async Task A_file_that_ends_too_early_is_nobody_s_mistake()
    {
        (int code, string errors) = await Run(
            new EndOfStreamException("Unable to read beyond the end of the stream."),
            "generate"
        );
        Assert.Equal(1, code);
        File.Delete(ReportIn(errors));
    }

    [Theory]
    [InlineData("--token x", "--token ***")]
    [InlineData("--hub_token=x --beta 1", "--hub_token=*** --beta 1")]
    [InlineData("--password x y", "--password *** y")]
    [InlineData("--max_new_tokens 5 --sample_tokens 7", "--max_new_tokens 5 --sample_tokens 7")]
    [InlineData("--dataset_name https://me:secret@host/a", "--dataset_name https://***@host/a")]
    [InlineData("--model_name_or_path hf_abcdefghijkl", "--model_name_or_path ***")]
    [InlineData("--openai-key --x", "--openai-key --x")]
    public void Secrets_do_not_get_into_the_report(string typed, string written) =>
        Assert.Equal(written, string.Join(' ', ErrorReport.WithoutSecrets(typed.Split(' '))));

    /// <summary>The program itself, waiting for prompts while something beside it fails.</summary>
    [Theory]
    [InlineData("thread")]
    [InlineData("task")]
    public async Task An_error_that_no_command_sees_is_a_sentence_and_code_1(string kind)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll"),
                "chat",
                Path.Combine(DemoRun.Assets, "model"),
                "--dtype",
                "float32",
            ]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                [StartupHook.Kind] = kind,
                ["DOTNET_STARTUP_HOOKS"] = typeof(ErrorReportTests).Assembly.Location,
                ["TMPDIR"] = _folder,
            },
        };
        using Process process = Process.Start(start)!;
        try
        {
            string first = await process.StandardError.ReadLineAsync(cancel) ?? "";
            process.StandardInput.Close(); // a thread's error ends the program anyway
            string errors = first + "\n" + await process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.StartsWith(
                "simper chat failed: from a " + kind + " (InvalidOperationException).\n",
                errors,
                StringComparison.Ordinal
            );
            Assert.Equal(CommandLine.Failed, process.ExitCode);
            Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
            Assert.True(File.Exists(ReportIn(errors)));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    [GeneratedRegex(@"is in (.*simper-error-[\w-]+\.txt)")]
    private static partial Regex ReportName();
}
