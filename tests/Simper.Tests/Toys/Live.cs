using TorchSharp;

namespace Simper.Tests.Toys;

/// <summary>Counts the tensors of this thread, so that a test can expect that none was left behind.</summary>
internal static class Live
{
    public static void ExpectNoneLeft(Action action)
    {
        action(); // what is made once and kept (tables, native state) is not a leak
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        action();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
