using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Simper.Tensors;

/// <summary>
/// Makes TorchSharp's native library load on Linux systems whose C++ runtime is older than GCC 13's, transparently: before the
/// first use of a tensor a patched copy of libLibTorchSharp.so is loaded, and TorchSharp's own lookup by name then finds the
/// loaded library (its SONAME is unchanged). Programs built in this repository already have a patched file, and nothing is done.
/// Before that, a libtorch that SIMPER_LIBTORCH names is loaded (<see cref="UserLibTorch"/>).
/// </summary>
public static class NativeLibraries
{
    private const string Bridge = "libLibTorchSharp.so";

    private static string _how = "libLibTorchSharp loads as it is";

    private static UserLibTorch? _user;

    /// <summary>One line on how the native library was loaded.</summary>
    public static string Describe() => _how;

    /// <summary>The version of the libtorch in use.</summary>
    public static string LibTorch => _user?.Version ?? UserLibTorch.Wanted;

    /// <summary>One line on the libtorch in use: its version, and its files loaded in this process.</summary>
    public static string DescribeLibTorch()
    {
        using var process = Process.GetCurrentProcess();
        IEnumerable<string> files = process
            .Modules.Cast<ProcessModule>()
            .Select(m => m.FileName)
            .Where(f => Path.GetFileNameWithoutExtension(f) is "libtorch_cpu" or "libtorch_cuda" or "torch_cpu" or "torch_cuda")
            .Distinct();
        string loaded = string.Join(", ", files);
        return _user is null ? $"{UserLibTorch.Wanted}, {loaded}" : $"{_user.Version}, {loaded} ({UserLibTorch.Variable})";
    }

#pragma warning disable CA2255 // A library's module initialiser: there is no other moment before a user's first tensor.
    [ModuleInitializer]
    internal static void Prepare()
#pragma warning restore CA2255
    {
        WaitingThreads.Prepare(); // before libtorch loads its OpenMP runtime
        // A mistake in the variable ends the program rather than train with another libtorch than the user chose.
        _user = UserLibTorch.FromEnvironment();
        _user?.Load(NativeSearchFolders());
        if (!OperatingSystem.IsLinux() || CppRuntimeIsNewEnough())
            return;
        if (FindBridge() is not { } bridge)
            return; // TorchSharp itself reports a missing library.

        byte[] bytes = File.ReadAllBytes(bridge);
        byte[] original = (byte[])bytes.Clone();
        if (!ElfVersionNeeds.Weaken(bytes))
        {
            _how = "libLibTorchSharp was mended when the program was built";
            return;
        }

        string mended = WriteOnce(bytes, original);
        // The bridge needs libtorch; load it by full path if a libtorch package is beside the bridge.
        string folder = Path.GetDirectoryName(bridge)!;
        foreach (string library in _user is null ? (string[])["libtorch_cpu.so", "libtorch.so"] : [])
        {
            if (
                NativeSearchFolders().Prepend(folder).Select(f => Path.Combine(f, library)).FirstOrDefault(File.Exists) is
                { } path
            )
                NativeLibrary.TryLoad(path, out _);
        }
        try
        {
            NativeLibrary.Load(mended);
        }
        catch (DllNotFoundException e)
        {
            throw new SimperException(
                $"libtorch {UserLibTorch.Wanted} is not among the program's files: give the program's project a "
                    + "reference to the NuGet package "
                    + $"libtorch-cpu-linux-x64 {UserLibTorch.Wanted}.0, or name the folder of a libtorch in "
                    + $"{UserLibTorch.Variable}. ({e.Message.Split('\n')[0].Trim()})",
                e
            );
        }
        _how = $"libLibTorchSharp is loaded from a mended copy, {mended}";
    }

    private static bool CppRuntimeIsNewEnough() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out nint handle)
        && NativeLibrary.TryGetExport(handle, "_ZSt21ios_base_library_initv", out _);

    private static string? FindBridge() => NativeSearchFolders().Select(f => Path.Combine(f, Bridge)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> NativeSearchFolders()
    {
        string listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        string rid = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        return listed
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", rid, "native"));
    }

    /// <summary>The patched copy in the user's cache, named by its content hash, so that versions do not clash.</summary>
    private static string WriteOnce(byte[] bytes, byte[] original)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(original))[..16];
        string cache = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        );
        foreach (string root in (string[])[cache, Path.GetTempPath()])
        {
            if (root.Length == 0)
                continue;
            string folder = Path.Combine(root, "simper", "native", name);
            string path = Path.Combine(folder, Bridge);
            try
            {
                if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
                    return path;
                Directory.CreateDirectory(folder);
                ElfVersionNeeds.Replace(path, bytes);
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A read-only home: try the next location.
            }
        }
        throw new SimperException(
            $"TorchSharp's {Bridge} needs a mended copy on this system, and neither {cache} nor {Path.GetTempPath()} can "
                + "be written. "
                + "Make one of them writable, or set HOME or TMPDIR to a folder that is."
        );
    }
}
