namespace Simper.Kernels.Cpu;

/// <summary>Work that is cut into items: each item writes its own results, so their order does not matter.</summary>
internal interface IJob
{
    /// <summary>
    /// Does one item. Must not allocate managed memory in a loop, touch tensors or wait: it runs on a compute thread.
    /// </summary>
    void Run(int item);
}
