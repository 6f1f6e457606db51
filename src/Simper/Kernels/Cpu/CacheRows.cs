using Simper.Tensors;

namespace Simper.Kernels.Cpu;

/// <summary>Where the cached keys and values of a sequence are stored.</summary>
internal readonly unsafe struct CacheRows<TCompute>(CachedHeads cache)
    where TCompute : unmanaged
{
    public TCompute* Keys { get; } = (TCompute*)TensorMemory.Pointer(cache.Keys);

    public TCompute* Values { get; } = (TCompute*)TensorMemory.Pointer(cache.Values);

    /// <summary>Tokens before the new ones.</summary>
    public int Length { get; } = cache.Length;

    /// <summary>C.</summary>
    public int Room { get; } = (int)cache.Keys.size(2);
}
