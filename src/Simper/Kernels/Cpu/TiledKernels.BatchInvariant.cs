using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>Results that do not depend on neighbours.</summary>
internal sealed unsafe partial class TiledKernels
{
    private readonly WeightPanels _panels = panels ?? new WeightPanels();

    /// <summary>
    /// A row of a blocked product has the same bits among any others. So all products are blocked then, those of few rows too,
    /// and since making panels for these would take longer than multiplying, each is put into panels once and kept: as much
    /// memory as the weights.
    /// </summary>
    public override bool IsBatchInvariant
    {
        get => base.IsBatchInvariant;
        set
        {
            if (value == base.IsBatchInvariant)
                return;
            base.IsBatchInvariant = value;
            if (value)
                _panels.Enter();
            else
                _panels.Leave();
        }
    }

    public override bool KeepsPanels => true;

    public override void Dispose()
    {
        IsBatchInvariant = false;
        base.Dispose();
    }

    public override Tensor WideProduct(Tensor x, WeightMatrix weight) =>
        IsBatchInvariant ? AddLinear(null, x, weight, null) : base.WideProduct(x, weight);

    public override Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape,
        Tensor? logSumExp = null
    )
    {
        // Of one cache always the same way, since that decides how it is stored.
        if (!IsBatchInvariant || shape.HeadWidth % 2 != 0 || caches[0].Pages is null)
            return base.AttendCached(queryKeyValue, fresh, caches, layer, shape, logSumExp);
        if (caches.Any(c => c.Pages is null))
            throw new ArgumentException("Caches in pages and in one piece cannot be read at once.", nameof(caches));
        var append = new PagedAttention.Append
        {
            Inputs = Inputs(queryKeyValue, shape),
            Layout = fresh,
            Caches = CacheRows<BFloat16>.Of(caches),
            Layer = layer,
        };
        bool oneEach = fresh.Tokens == caches.Count;
        if (!oneEach)
            Workers.Run(append, fresh.Segments.Count * shape.KeyValueHeads);
        Tensor output = Empty(ScalarType.BFloat16, fresh.Tokens, shape.QueryWidth);
        (int, int, int)[] blocks = CachedAttentionKernel<BFloat16, float>.Blocks(fresh, shape.Heads / shape.KeyValueHeads);
        Workers.Run(
            new PagedAttention.Forward
            {
                Append = append,
                Blocks = blocks,
                Appends = oneEach,
                Output = Compute(output),
                LogSumExp = logSumExp is null ? null : Wide(logSumExp),
            },
            blocks.Length * shape.KeyValueHeads
        );
        return output;
    }
}
