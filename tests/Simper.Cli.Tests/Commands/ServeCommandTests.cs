using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>simper serve, as a program.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    private static string Model => Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Process Started(params string[] words)
    {
        string[] program =
        [
            "env",
            "--default-signal=INT",
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll"),
            "serve",
            .. words,
            "--port",
            "0",
            "--dtype",
            "float32",
        ];
        var start = new ProcessStartInfo(program[0], program[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static string Body(int i) =>
        $$"""
            {"model": "tuned", "prompt": "Number {{i}}", "stream": true, "max_tokens": 200, "seed": {{i}},
             "logit_bias": {"0": -100} }
            """;

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, string body) =>
        client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "completions")
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            },
            HttpCompletionOption.ResponseHeadersRead,
            Cancel
        );

    private static string TextOf(string events)
    {
        string[] all = events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", all[^1]);
        return string.Concat(
            all[..^1]
                .Where(e => !e.StartsWith(':'))
                .Select(e => (string)JsonNode.Parse(e["data: ".Length..])!["choices"]![0]!["text"]!)
        );
    }

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-INT")]
    public async Task A_signal_under_load_loses_no_token_and_the_program_ends_well(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "needs signals, and env of GNU");
        using Process process = Started($"base={Model}", $"tuned={Model}");
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        string? said = await process.StandardOutput.ReadLineAsync(Cancel);
        Assert.StartsWith("Serving base, tuned at http://127.0.0.1:", said, StringComparison.Ordinal);
        using var client = new HttpClient
        {
            BaseAddress = new Uri(said!.Split(' ')[^1] + "/"),
            Timeout = TimeSpan.FromMinutes(10),
        };
        var alone = new List<string>();
        for (int i = 0; i < 8; i++)
        {
            using HttpResponseMessage response = await AskAsync(client, Body(i));
            alone.Add(TextOf(await response.Content.ReadAsStringAsync(Cancel)));
        }
        HttpResponseMessage[] begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AskAsync(client, Body(i))));
        using (Process kill = Process.Start("kill", [signal, $"{process.Id}"]))
            await kill.WaitForExitAsync(Cancel);
        for (int i = 0; i < 8; i++)
            Assert.Equal(alone[i], TextOf(await begun[i].Content.ReadAsStringAsync(Cancel)));
        string output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(("Stopping; running answers finish.\n", "", 0), (output, await errors, process.ExitCode));
    }

    [Theory]
    [InlineData("is no folder", "none does not exist", "none")]
    [InlineData("open without a key", "give an API key (--api_key", "{0}", "--host", "0.0.0.0")]
    [InlineData("no address", "host is nowhere; it has to be localhost or an IP address", "{0}", "--host", "nowhere")]
    [InlineData("a port", "port is 99999; it has to be between 0", "{0}", "--port", "99999")]
    [InlineData("one name twice", "would both be named model", "{0}", "{0}")]
    [InlineData("a time", "--request_timeout is 0; it has to be between 1 and 86400 seconds", "{0}", "--request_timeout", "0")]
    [InlineData("memory", "--cache_memory is \"much\"; it has to be an amount of memory", "{0}", "--cache_memory", "much")]
    [InlineData("an origin", "is no origin of a web page", "{0}", "--allowed_origin", "example.org")]
    public async Task What_cannot_be_served_is_said(string why, string said, params string[] words)
    {
        (int code, _, string errors) = await Typed.Run([
            "serve",
            .. words.Select(w => w.Replace("{0}", Model, StringComparison.Ordinal)),
        ]);
        Assert.True(code == 2 && errors.Contains(said, StringComparison.Ordinal), $"{why}: {code} {errors}");
    }
}
