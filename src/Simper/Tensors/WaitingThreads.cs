using System.Runtime.InteropServices;

namespace Simper.Tensors;

/// <summary>
/// How long libtorch's compute threads wait awake for the next operation before they sleep. GNU's OpenMP lets them turn 300,000
/// times, about five milliseconds: beside another busy program a thread that is done keeps its core from the one that is waited
/// for, and a step takes three times as long where half as long again would be its share. Here they wait for about as long as a
/// wake-up costs, so that they lose at most as much as sleeping at once would; alone a step is as fast as before
/// (docs/performance.md). Who sets <c>GOMP_SPINCOUNT</c> or <c>OMP_WAIT_POLICY</c> decides otherwise.
/// </summary>
internal static partial class WaitingThreads
{
    public const string Variable = "GOMP_SPINCOUNT";

    /// <summary>
    /// Turns of some 15 nanoseconds. A thousand cost a step of SmolLM2 six per cent, ten thousand are a fifth slower beside a
    /// busy program.
    /// </summary>
    public const string Turns = "3000";

    /// <summary>
    /// Tells the OpenMP runtime, which reads its variables once, when it is loaded. Does nothing where the user has set them.
    /// </summary>
    public static void Prepare()
    {
        if (!OperatingSystem.IsLinux())
            return; // other systems bring other runtimes
        if (Environment.GetEnvironmentVariable(Variable) is null && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = setenv(Variable, Turns, 0); // .NET's own variables are a copy that native code does not see
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
