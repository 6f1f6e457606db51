using System.Runtime.InteropServices;

namespace Simper.Tensors;

/// <summary>
/// A user's own libtorch in place of the program's: the folder that SIMPER_LIBTORCH names, either an unpacked zip, the folder
/// <c>torch</c> of a wheel, or their <c>lib</c>. It must have exactly the minor version that TorchSharp's library is built for.
/// </summary>
/// <param name="Libraries">The folder with libtorch_cpu.so.</param>
/// <param name="Version">Its version, such as 2.10.0+cu128.</param>
internal sealed record UserLibTorch(string Libraries, string Version)
{
    public const string Variable = "SIMPER_LIBTORCH";
    public const string Wanted = "2.10";

    private const string Advice =
        $"Take the libtorch {Wanted} zip from pytorch.org or the wheel torch=={Wanted}.*, and let {Variable} name the "
        + "folder that holds lib/libtorch_cpu.so";

    private static readonly string[] Needed = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    /// <summary>The folder that SIMPER_LIBTORCH names, or null if it is not set. Nothing is loaded.</summary>
    /// <exception cref="SimperException">The folder does not exist, is incomplete or has another version.</exception>
    public static UserLibTorch? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Find(folder) : null;

    /// <inheritdoc cref="FromEnvironment"/>
    public static UserLibTorch Find(string folder)
    {
        if (!OperatingSystem.IsLinux())
            throw new SimperException(
                $"{Variable} is understood on Linux alone; unset it to use the libtorch that Simper brings."
            );
        if (!Directory.Exists(folder))
            throw new SimperException($"{Variable} is {folder}, which is no folder. {Advice}, or unset it.");
        string lib = Path.Combine(folder, "lib");
        string libraries = Path.GetFullPath(
            File.Exists(Path.Combine(folder, Needed[1])) || !Directory.Exists(lib) ? folder : lib
        );
        string[] missing = [.. Needed.Where(f => !File.Exists(Path.Combine(libraries, f)))];
        if (missing.Length > 0)
            throw new SimperException($"{Variable}: {libraries} has no {string.Join(", no ", missing)}. {Advice}.");
        string version =
            LibTorchVersion.Of(libraries)
            ?? throw new SimperException(
                $"{Variable}: the version of {libraries} cannot be told: there is no build-version, version.py or "
                    + $"version.h beside it, and Simper needs exactly {Wanted}. {Advice}."
            );
        return version.StartsWith(Wanted + ".", StringComparison.Ordinal)
            ? new UserLibTorch(libraries, version)
            : throw new SimperException(
                $"{Variable}: {libraries} is libtorch {version}, and Simper needs exactly {Wanted}, for which "
                    + $"TorchSharp's native library is built. {Advice}."
            );
    }

    /// <summary>Loads it, before anything else loads a libtorch.</summary>
    /// <param name="searched">The folders in which .NET looks for native libraries, in order.</param>
    /// <exception cref="SimperException">The system's loader refuses it.</exception>
    public void Load(IEnumerable<string> searched)
    {
        foreach (string library in (string[])["libc10.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so"])
        {
            string path = Path.Combine(Libraries, library);
            if (!File.Exists(path))
                continue; // a CPU build has no libtorch_cuda.so
            try
            {
                nint handle = NativeLibrary.Load(path);
                // .NET looks for torch_cpu by the full path of each folder first. If a program brings a libtorch, that path would
                // be loaded beside ours, and two of them end the process.
                if (searched.Select(f => Path.Combine(f, library)).FirstOrDefault(File.Exists) is { } twin)
                    AnswerTo(twin, handle);
            }
            catch (DllNotFoundException e)
            {
                throw new SimperException($"{Variable}: {path} does not load: {e.Message.ReplaceLineEndings(" ").Trim()}", e);
            }
        }
    }

    // Before it opens a file, the loader compares the requested path with the names of what is loaded (l_name).
    private static unsafe void AnswerTo(string path, nint handle)
    {
        const int linkMapRequest = 2; // RTLD_DI_LINKMAP
        var dlinfo = (delegate* unmanaged<nint, int, LinkMap**, int>)
            NativeLibrary.GetExport(NativeLibrary.Load("libdl.so.2"), "dlinfo");
        LinkMap* map;
        if (dlinfo(handle, linkMapRequest, &map) != 0)
            throw new SimperException(
                $"{Variable}: the system's loader does not tell about {path}; unset {Variable} to use the libtorch that "
                    + "Simper brings."
            );
        map->Name = Marshal.StringToCoTaskMemUTF8(path); // never freed: libtorch stays loaded
    }

    // The public part of link.h's link_map.
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkMap
    {
        public nint Address;
        public nint Name;
        public nint Dynamic;
        public nint Next;
        public nint Previous;
    }
}
