using System.Diagnostics;
using System.Runtime.InteropServices;
using Simper.Tensors;

namespace Simper.Tests.Tensors;

/// <summary>TorchSharp's library on systems whose C++ runtime is older than it asks for.</summary>
public sealed class NativeLibraryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Exactly_one_byte_of_the_published_library_changes_and_only_once()
    {
        byte[] original = File.ReadAllBytes(Published());
        byte[] mended = (byte[])original.Clone();
        Assert.True(ElfVersionNeeds.Weaken(mended));
        Assert.Equal(1, original.Zip(mended).Count(b => b.First != b.Second));
        Assert.False(ElfVersionNeeds.Weaken(mended));
    }

    [Fact]
    public void What_is_no_elf_file_is_left_alone()
    {
        Assert.False(ElfVersionNeeds.Weaken([]));
        Assert.False(ElfVersionNeeds.Weaken(new byte[4096]));
    }

    [Fact]
    public void The_package_cache_is_never_written_to() => Assert.True(ElfVersionNeeds.Weaken(File.ReadAllBytes(Published())));

    [Fact]
    public void A_program_with_the_library_as_published_mends_it_when_it_starts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone needs it");
        Assert.SkipWhen(
            NativeLibrary.TryLoad("libstdc++.so.6", out nint handle)
                && NativeLibrary.TryGetExport(handle, "_ZSt21ios_base_library_initv", out _),
            "this C++ runtime is new enough"
        );
        string output = AppContext.BaseDirectory;
        // A copy of this test program's folder by links, with the library as the package has it.
        Link(output, _folder);
        string bridge = Path.Combine(_folder, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        File.Delete(bridge);
        File.Copy(Published(), bridge);
        var start = new ProcessStartInfo(
            Path.Combine(_folder, "Simper.Tests"),
            "-method Simper.Tests.Tensors.ArenaTests.Tensors_keep_their_values_while_others_come_and_go"
        )
        {
            RedirectStandardOutput = true,
            Environment = { ["XDG_DATA_HOME"] = Path.Combine(_folder, "data") },
        };
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, text);
        Assert.Single(
            Directory.GetFiles(
                Path.Combine(_folder, "data", "simper", "native"),
                "libLibTorchSharp.so",
                SearchOption.AllDirectories
            )
        );
    }

    // The package's own file, found beside the libtorch that the output folder links to.
    private static string Published()
    {
        string link = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libtorch_cpu.so");
        string? target =
            OperatingSystem.IsLinux() && File.Exists(link)
                ? File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName
                : null;
        string? packages = target is null
            ? null
            : target[..Math.Max(0, target.IndexOf("/libtorch-cpu-linux-x64/", StringComparison.Ordinal))];
        string? published = packages is not { Length: > 0 }
            ? null
            : Directory
                .GetDirectories(Path.Combine(packages, "torchsharp"))
                .Select(v => Path.Combine(v, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"))
                .LastOrDefault(File.Exists);
        Assert.SkipWhen(published is null, "the package cache is not linked from the output folder");
        return published!;
    }

    private static void Link(string from, string to)
    {
        foreach (string directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            if (Path.GetExtension(file) is ".so" or ".1" || file.Contains(".so.", StringComparison.Ordinal))
                File.CreateSymbolicLink(copy, File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
            else
                File.Copy(file, copy);
        }
    }
}
