using System.Diagnostics;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>The README's program, as a project that refers to the library and to nothing else.</summary>
public sealed class LibrarySampleTests : IDisposable
{
    private static readonly string Sample = Path.Combine(SharedFiles.Repository, "samples", "Library");

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_sample_is_the_README_s_program()
    {
        string readme = File.ReadAllText(Path.Combine(SharedFiles.Repository, "README.md"));
        string shown = readme.Split("```csharp\n")[1].Split("```")[0];
        string program = File.ReadAllText(Path.Combine(Sample, "Program.cs"));
        foreach (string line in shown.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string expected = line.Replace("\"path/to/model\"", "model", StringComparison.Ordinal)
                .Replace("\"pairs.jsonl\"", "pairs", StringComparison.Ordinal)
                .Replace("\"aligned\"", "aligned", StringComparison.Ordinal);
            Assert.Contains(expected + "\n", program, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task It_trains_and_saves_with_the_libtorch_that_came_with_the_reference()
    {
        string configuration = Path.GetFileName(
            Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))!
        );
        string demo = Path.Combine(SharedFiles.Repository, "assets", "demo");
        string pairs = Path.Combine(_folder, "pairs.jsonl");
        string aligned = Path.Combine(_folder, "aligned");
        File.WriteAllLines(pairs, File.ReadLines(Path.Combine(demo, "train.jsonl")).Take(40));
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(Sample, "bin", configuration, "net10.0", "Library.dll"), Path.Combine(demo, "model"), pairs, aligned]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, await errors));
        Assert.Equal(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length); // 38 pairs in steps of 16
        Assert.Contains("    1  loss ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(aligned, "model.safetensors")));
    }
}
