using System.Diagnostics;

namespace Simper.Cli.Tests.Commands;

/// <summary>The program with SIMPER_LIBTORCH, as a process of its own: a libtorch cannot be loaded twice.</summary>
public sealed class UserLibTorchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public UserLibTorchTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone has it");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (int Code, string Output, string Errors) Run(string libtorch, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SIMPER_LIBTORCH"] = libtorch },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    [Fact]
    public void Another_libtorch_is_loaded_in_place_of_the_program_s()
    {
        string own = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        string lib = Path.Combine(_folder, "lib");
        Assert.SkipUnless(File.Exists(Path.Combine(own, "libtorch_cpu.so")), "the output has no libtorch");
        Directory.CreateDirectory(lib);
        foreach (string file in Directory.GetFiles(own).Where(f => !f.Contains("LibTorchSharp", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(lib, Path.GetFileName(file))); // a link would be the program's file under another name
        File.WriteAllText(Path.Combine(_folder, "build-version"), "2.10.0+cpu\n");

        (int code, string output, string errors) = Run(_folder, "env");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(
            $"libtorch:          2.10.0+cpu, {lib}/libtorch_cpu.so (SIMPER_LIBTORCH)\n",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("self-test passed", output, StringComparison.Ordinal);
        Assert.Contains("CUDA is not there", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("env")]
    [InlineData("--help")]
    public void A_wrong_version_is_a_sentence_and_a_user_s_mistake(params string[] args)
    {
        foreach (string file in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            File.WriteAllText(Path.Combine(_folder, file), "");
        File.WriteAllText(Path.Combine(_folder, "build-version"), "2.9.1+cu128");
        (int code, string output, string errors) = Run(_folder, args);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(
            $"SIMPER_LIBTORCH: {_folder} is libtorch 2.9.1+cu128, and Simper needs exactly 2.10",
            errors,
            StringComparison.Ordinal
        );
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Fact]
    public void Files_that_are_no_libraries_are_refused_by_the_loader_with_a_sentence()
    {
        foreach (string file in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            File.WriteAllText(Path.Combine(_folder, file), "no library");
        File.WriteAllText(Path.Combine(_folder, "build-version"), "2.10.0");
        (int code, _, string errors) = Run(_folder, "env");
        Assert.Equal(2, code);
        Assert.StartsWith($"SIMPER_LIBTORCH: {_folder}/libc10.so does not load: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }
}
