using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Server.Tests.Clients;

/// <summary>
/// The npm client openai against the server, where node is: from SIMPER_NODE_MODULES, a folder with the package, or installed by
/// npm into the temporary folder.
/// </summary>
public class NodeClientTests(DemoServer demo)
{
    private const string Package = "openai@6.49.0";
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_streams_lists_and_errors_are_understood()
    {
        Assert.SkipUnless(await RunsAsync("node", "--version"), "needs node");
        string folder = Environment.GetEnvironmentVariable("SIMPER_NODE_MODULES") is { Length: > 0 } given
            ? Directory.GetParent(Path.TrimEndingDirectorySeparator(given))!.FullName
            : Path.Combine(Path.GetTempPath(), "simper-node-client");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "openai")))
        {
            Directory.CreateDirectory(folder);
            bool isInstalled = await RunsAsync("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", Package);
            Assert.SkipUnless(isInstalled, $"needs npm's {Package}, which could not be installed");
        }
        string script = Path.Combine(folder, $"{Guid.NewGuid():N}.mjs"); // beside the package, where node finds it
        File.Copy(Path.Combine(SharedFiles.Repository, "tests", "Simper.Server.Tests", "Clients", "openai.mjs"), script);
        try
        {
            (int code, string output, string errors) = await RunAsync(
                "node",
                script,
                new Uri(demo.Server.Server.Address, "v1").ToString()
            );
            Assert.True(code == 0, errors);
            JsonNode seen = JsonNode.Parse(output)!;
            Assert.Equal(["demo", "org/m"], seen["models"]!.AsArray().Select(m => (string)m!));
            Assert.Equal("org/m", (string)seen["retrieved"]!);
            Assert.Equal((string)seen["whole"]!, (string)seen["streamed"]!);
            Assert.Equal((string)seen["finish"]![0]!, (string)seen["finish"]![1]!);
            Assert.Equal((int)seen["usage"]![0]!, (int)seen["usage"]![1]!);
            Assert.Equal(4, (int)seen["entries"]!);
            Assert.Equal("""{"name":"BadRequestError","status":400,"param":"n"}""", seen["error"]!.ToJsonString());
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task<bool> RunsAsync(string program, params string[] words)
    {
        try
        {
            return (await RunAsync(program, words)).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, params string[] words)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        string output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output, await errors);
    }
}
