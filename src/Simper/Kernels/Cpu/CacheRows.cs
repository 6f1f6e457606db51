using Simper.Tensors;

namespace Simper.Kernels.Cpu;

/// <summary>Where the cached keys and values of a sequence are stored; one piece is a single page.</summary>
internal readonly unsafe struct CacheRows<TCompute>
    where TCompute : unmanaged
{
    private static readonly int[] OnlyPage = [0];

    private readonly int[] _pages;
    private readonly int _layers;
    private readonly int _heads;

    private CacheRows(CachedHeads cache)
    {
        int axis = cache.Pages is null ? 0 : 1;
        Keys = (TCompute*)TensorMemory.Pointer(cache.Keys);
        Values = (TCompute*)TensorMemory.Pointer(cache.Values);
        _layers = (int)cache.Keys.size(axis);
        _heads = (int)cache.Keys.size(axis + 1);
        PageTokens = (int)cache.Keys.size(axis + 2);
        _pages = cache.Pages ?? OnlyPage;
        Length = cache.Length;
    }

    // Of the same memory as another sequence.
    private CacheRows(CacheRows<TCompute> other, CachedHeads cache)
    {
        this = other;
        _pages = cache.Pages ?? OnlyPage;
        Length = cache.Length;
    }

    public TCompute* Keys { get; }

    public TCompute* Values { get; }

    /// <summary>Tokens before the new ones.</summary>
    public int Length { get; }

    /// <summary>Tokens that a page has room for.</summary>
    public int PageTokens { get; }

    /// <summary>Where a head's rows begin, in values, in the page of a number in the sequence.</summary>
    public long HeadStart(int page, int layer, int head, int width) =>
        (((long)_pages[page] * _layers + layer) * _heads + head) * PageTokens * width;

    /// <summary>One for each sequence; memory that they share is looked up once.</summary>
    public static CacheRows<TCompute>[] Of(IReadOnlyList<CachedHeads> caches)
    {
        var rows = new CacheRows<TCompute>[caches.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] =
                i > 0 && ReferenceEquals(caches[i].Keys, caches[i - 1].Keys)
                    ? new CacheRows<TCompute>(rows[i - 1], caches[i])
                    : new CacheRows<TCompute>(caches[i]);
        }
        return rows;
    }
}
