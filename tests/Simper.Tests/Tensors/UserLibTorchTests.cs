using Simper.Tensors;

namespace Simper.Tests.Tensors;

/// <summary>A folder that SIMPER_LIBTORCH names, judged before anything of it is loaded.</summary>
public sealed class UserLibTorchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public UserLibTorchTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone has it");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Make(string file, string text = "")
    {
        string path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private void MakeLibraries()
    {
        foreach (string library in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            Make($"lib/{library}");
    }

    private string Error(string folder) => Assert.Throws<SimperException>(() => UserLibTorch.Find(folder)).Message;

    [Fact]
    public void A_folder_that_is_not_there_is_named_with_what_to_do()
    {
        string error = Error(Path.Combine(_folder, "nowhere"));
        Assert.Contains("nowhere, which is no folder", error, StringComparison.Ordinal);
        Assert.Contains("torch==2.10.*", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_that_are_not_there_are_named()
    {
        Make("lib/libtorch_cpu.so");
        Assert.Contains($"{_folder}/lib has no libc10.so, no libtorch.so.", Error(_folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("build-version", "2.10.0+cu128\n", "2.10.0+cu128")]
    [InlineData(
        "version.py",
        "from typing import Optional\n__all__ = ['__version__']\n__version__ = '2.10.1'\ncuda: Optional[str] = '12.8'\n",
        "2.10.1"
    )]
    [InlineData(
        "include/torch/headeronly/version.h",
        "#define TORCH_VERSION_MINOR 10\n#define TORCH_VERSION \"2.10.0\"\n",
        "2.10.0"
    )]
    [InlineData("lib/libtorch_python.so", "\u0000EVAL\u0000127.0.0.1x\u00002.10.0\u0000PRODUCER\u0000", "2.10.0")]
    public void The_version_is_told_by_the_files_around_the_libraries(string file, string text, string version)
    {
        MakeLibraries();
        Make(file, text);
        UserLibTorch found = UserLibTorch.Find(_folder);
        Assert.Equal(new UserLibTorch(Path.Combine(_folder, "lib"), version), found);
        Assert.Equal(found, UserLibTorch.Find(Path.Combine(_folder, "lib")));
    }

    [Theory]
    [InlineData("2.9.1+cpu")]
    [InlineData("2.1.0")]
    [InlineData("2.100.0")]
    [InlineData("2.11.0+cu130")]
    public void Every_other_version_is_refused(string version)
    {
        MakeLibraries();
        Make("build-version", version);
        Assert.Contains(
            $"{_folder}/lib is libtorch {version}, and Simper needs exactly 2.10,",
            Error(_folder),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_version_that_nothing_tells_is_not_guessed()
    {
        MakeLibraries();
        Make("lib/libtorch_python.so", "\u00002.10.0\u0000and\u00001.5.0\u0000");
        Assert.Contains("cannot be told", Error(_folder), StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_library_tells_its_version()
    {
        string libraries = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        Assert.SkipUnless(File.Exists(Path.Combine(libraries, "libtorch_python.so")), "the output has no libtorch");
        Assert.Equal("2.10.0", LibTorchVersion.Of(libraries));
    }
}
