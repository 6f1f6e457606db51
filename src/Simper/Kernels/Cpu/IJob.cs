namespace Simper.Kernels.Cpu;

/// <summary>Work split into items: each item writes its own results, so their order does not matter.</summary>
internal interface IJob
{
    /// <summary>
    /// Does one item. It runs on a compute thread, so it must not allocate managed memory in a loop, touch tensors or wait.
    /// </summary>
    void Run(int item);
}
