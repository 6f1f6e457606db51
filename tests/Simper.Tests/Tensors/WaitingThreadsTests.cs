using System.Runtime.InteropServices;
using Simper.Tensors;

namespace Simper.Tests.Tensors;

public partial class WaitingThreadsTests
{
    [Fact]
    public void Compute_threads_sleep_soon_unless_the_user_says_otherwise()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the OpenMP runtime of other systems is another");
        bool isUsers = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null;
        string? expected = Environment.GetEnvironmentVariable(WaitingThreads.Variable) ?? (isUsers ? null : WaitingThreads.Turns);
        Assert.Equal(expected, Marshal.PtrToStringUTF8(getenv(WaitingThreads.Variable)));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
