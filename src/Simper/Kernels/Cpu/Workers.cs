using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Runs jobs on libtorch's own compute threads (its OpenMP runtime, where that is GNU's): between two matrix products these
/// threads spin, and threads of another pool would compete with them for the cores. Elsewhere on the thread pool. The number of
/// threads is that of <c>torch.set_num_threads</c>; an item's result does not depend on its thread.
/// </summary>
internal static unsafe partial class Workers
{
    private static readonly delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void> OpenMp =
        FindOpenMp();

    /// <summary>Whether libtorch's own threads are used.</summary>
    public static bool SharesThreads => OpenMp is not null;

    /// <summary>How many threads share the items.</summary>
    public static int Threads => get_num_threads();

    /// <summary>Runs items 0 .. <paramref name="items"/> - 1, each once; returns when all are done.</summary>
    public static void Run<TJob>(in TJob job, int items)
        where TJob : struct, IJob
    {
        using Profiler.Span time = Profiler.Time(Entry<TJob>.Name);
        int threads = Math.Min(Threads, items);
        if (threads <= 1)
        {
            for (int i = 0; i < items; i++)
                job.Run(i);
            return;
        }
        if (OpenMp is null)
        {
            TJob copy = job;
            Parallel.For(0, items, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => copy.Run(i));
            return;
        }
        TJob local = job; // on this thread's stack, where it stays until the call returns
        var shared = new Shared { Job = Unsafe.AsPointer(ref local), Items = items };
        OpenMp(Entry<TJob>.Point, &shared, (uint)threads, 0);
        if (shared.Failed != 0)
            throw new InvalidOperationException($"A kernel failed in {typeof(TJob).Name}: {Failure}");
    }

    // The last error on a compute thread: an exception must not leave managed code there, it would end the process.
    private static volatile string? Failure;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Body(void* argument);

    private static delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void> FindOpenMp()
    {
        _ = get_num_threads(); // libtorch must be loaded, and with it its OpenMP runtime
        if (!OperatingSystem.IsLinux() || TorchThreads() is not nint library)
            return null;
        return NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint entry)
            ? (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void>)entry
            : null;
    }

    // The package has a renamed copy of libgomp; a second one would be a second set of threads.
    private static nint? TorchThreads()
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            int path = line.IndexOf('/');
            if (
                path >= 0
                && Path.GetFileName(line.AsSpan(path)).StartsWith("libgomp")
                && NativeLibrary.TryLoad(line[path..], out nint library)
            )
                return library;
        }
        return null;
    }

    private struct Shared
    {
        public void* Job;
        public int Items;
        public int Next;
        public int Failed;
    }

    private static string Describe(Type job)
    {
        string name = job.DeclaringType is { } kernel
            ? $"{kernel.Name.Split('`')[0]}.{job.Name.Split('`')[0]}"
            : job.Name.Split('`')[0];
        return job.GenericTypeArguments.FirstOrDefault(t => t.IsAssignableTo(typeof(IEpilogue))) is { } epilogue
            ? $"{name} {epilogue.Name.Split('`')[0]}"
            : name;
    }

    private static class Entry<TJob>
        where TJob : struct, IJob
    {
        // A generic method cannot be UnmanagedCallersOnly: the marshaller creates the entry point from a delegate, kept alive by
        // this class.
        private static readonly Body Kept = Work;

        /// <summary>For example "AttentionKernel.Backward" or "PanelProduct Gate".</summary>
        public static readonly string Name = Describe(typeof(TJob));

        public static readonly delegate* unmanaged[Cdecl]<void*, void> Point = (delegate* unmanaged[Cdecl]<void*, void>)
            Marshal.GetFunctionPointerForDelegate(Kept);

        private static void Work(void* argument)
        {
            var shared = (Shared*)argument;
            try
            {
                ref TJob job = ref Unsafe.AsRef<TJob>(shared->Job);
                for (
                    int i = Interlocked.Increment(ref shared->Next) - 1;
                    i < shared->Items;
                    i = Interlocked.Increment(ref shared->Next) - 1
                )
                    job.Run(i);
            }
            catch (Exception e)
            {
                Failure = e.Message;
                Interlocked.Exchange(ref shared->Failed, 1);
            }
        }
    }
}
