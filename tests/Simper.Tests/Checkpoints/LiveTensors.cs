using TorchSharp;

namespace Simper.Tests.Checkpoints;

/// <summary>Counts this thread's live tensors, and expects at its disposal that none came and none went.</summary>
internal sealed class LiveTensors : IDisposable
{
    private readonly long _before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    public void Dispose() => Assert.Equal(_before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
}
