using System.Diagnostics;
using Simper.Cli.Demo;

namespace Simper.Cli.Tests;

/// <summary>The program itself under a shell that closes streams, and what it leaves among the temporary files.</summary>
public sealed class StandardStreamsTests : IDisposable
{
    private static readonly TimeSpan Enough = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Model => Path.Combine(DemoRun.Assets, "model");

    private async Task<(int Code, string Output, string Errors)> Run(string words)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        var start = new ProcessStartInfo(
            "sh",
            ["-c", $"exec dotnet '{Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll")}' {words}"]
        )
        {
            RedirectStandardInput = true, // left open: who waits for its end waits for ever
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = _folder },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Enough);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        return (process.ExitCode, await output, await errors);
    }

    [Fact]
    public async Task A_conversation_whose_input_is_closed_has_ended() =>
        Assert.Equal((0, "", ""), await Run($"chat '{Model}' --dtype float32 <&-"));

    [Fact]
    public async Task Prompts_are_missing_where_the_input_is_closed()
    {
        (int code, _, string errors) = await Run($"generate '{Model}' --dtype float32 <&-");
        Assert.Equal(2, code);
        Assert.StartsWith("There is no prompt; give --prompt", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">&-")]
    [InlineData("2>&-")]
    public async Task Output_that_is_closed_gets_nowhere_and_the_program_ends(string closed) =>
        Assert.Equal(0, (await Run($"lab modes {closed}")).Code);

    [Fact]
    public async Task Tokens_of_a_data_set_are_gone_with_the_process()
    {
        File.WriteAllText(
            Path.Combine(_folder, "pairs.jsonl"),
            """{"prompt": "What is 2 + 2?", "chosen": "4", "rejected": "5"}"""
        );
        (int code, string output, string errors) = await Run(
            $"data show '{Path.Combine(_folder, "pairs.jsonl")}' --model_name_or_path '{Model}'"
        );
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("1 rows kept", output, StringComparison.Ordinal);
        Assert.Equal(["pairs.jsonl"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }
}
