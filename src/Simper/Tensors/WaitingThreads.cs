using System.Runtime.InteropServices;

namespace Simper.Tensors;

/// <summary>
/// How long libtorch's compute threads spin for the next operation before they sleep. GNU's OpenMP lets them spin 300,000 times,
/// about five milliseconds: beside another busy program a finished thread keeps its core from the one that the others wait for,
/// and a step takes three times as long where its fair share would be one and a half. Here they spin for about as long as a
/// wake-up costs, so that they lose at most as much as sleeping at once would; alone a step is as fast as before
/// (docs/performance.md). <c>GOMP_SPINCOUNT</c> and <c>OMP_WAIT_POLICY</c> override this.
/// </summary>
internal static partial class WaitingThreads
{
    public const string Variable = "GOMP_SPINCOUNT";

    /// <summary>
    /// Spins of about 15 nanoseconds. A thousand make a step of SmolLM2 six per cent slower, ten thousand are a fifth slower
    /// beside a busy program.
    /// </summary>
    public const string Turns = "3000";

    /// <summary>
    /// Configures the OpenMP runtime, which reads its variables once, when it is loaded. Does nothing if the user has set them.
    /// </summary>
    public static void Prepare()
    {
        if (!OperatingSystem.IsLinux())
            return; // other systems have other runtimes
        if (Environment.GetEnvironmentVariable(Variable) is null && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = setenv(Variable, Turns, 0); // .NET's environment is a copy that native code does not see
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
