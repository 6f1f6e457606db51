using Simper.Kernels;
using Simper.Models;
using static TorchSharp.torch;

namespace Simper.Serving;

/// <summary>
/// The memory of the cache: pages of keys and values in every layer. Addresses are reserved at once; what was never written
/// takes no memory. Owns its tensors.
/// </summary>
internal sealed class PageMemory : IDisposable
{
    /// <summary>Tokens of a page. Smaller pages share more of a prefix, larger ones are read with fewer interruptions.</summary>
    public const int PageTokens = 32;

    private readonly Tensor _keys;
    private readonly Tensor _values;

    public PageMemory(DecoderShape shape, KernelSet kernels, int pages)
    {
        Pages = pages;
        long[] sizes = [pages, shape.Layers, shape.KeyValueHeads, PageTokens, shape.HeadWidth];
        _keys = kernels.EmptyTensor(kernels.Precision.Compute, sizes).DetachFromDisposeScope();
        _values = kernels.EmptyTensor(kernels.Precision.Compute, sizes).DetachFromDisposeScope();
    }

    public int Pages { get; }

    /// <summary>How many pages a number of bytes holds.</summary>
    public static int PagesIn(long bytes, DecoderShape shape, KernelSet kernels) =>
        (int)Math.Min(1 << 24, bytes / BytesOf(shape, kernels));

    /// <summary>The bytes of a page in all layers, keys and values.</summary>
    public static long BytesOf(DecoderShape shape, KernelSet kernels) =>
        2L * shape.Layers * shape.KeyValueHeads * PageTokens * shape.HeadWidth * kernels.Precision.ComputeBytes;

    /// <summary>The pages that tokens take.</summary>
    public static int PagesOf(int tokens) => (tokens + PageTokens - 1) / PageTokens;

    /// <summary>A sequence's part.</summary>
    public CachedHeads Of(int[] pages, int length) => new(_keys, _values, length, pages);

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
