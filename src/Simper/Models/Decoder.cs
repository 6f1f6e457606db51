using Simper.Kernels;
using Simper.Models.Layers;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, N sequences, D width, V vocabulary.

/// <summary>
/// The decoder from token ids to the residual stream after its last block, forward and backward, without autograd; and its head,
/// which Scoring and Generation call for the few rows that need it. Owns its weights. Not thread safe.
/// </summary>
internal sealed class Decoder : IDisposable
{
    private readonly Embedding _embedding;
    private readonly IReadOnlyList<IBlock> _blocks;
    private readonly PlaceTables _places;
    private readonly StepMemory _stepMemory = new();

    // The first block that has to be differentiated: it is trainable itself, or the embedding is. Earlier ones keep nothing.
    private readonly int _firstNeeded;

    private readonly AdapterDropout? _dropout;

    public Decoder(
        DecoderShape shape,
        Embedding embedding,
        IReadOnlyList<IBlock> blocks,
        Head head,
        KernelSet kernels,
        AdapterDropout? dropout = null
    )
    {
        (Shape, _embedding, _blocks, Head, Kernels, _dropout) = (shape, embedding, blocks, head, kernels, dropout);
        _places = new PlaceTables(shape, kernels);
        IEnumerable<Weight> all = [.. embedding.Weights, .. blocks.SelectMany(b => b.Weights), .. head.Weights];
        Weights = [.. all.Distinct()];
        Parameters = [.. Weights.Select(w => w.Parameter).OfType<Parameter>()];
        if (!embedding.Weights.Any(w => w.IsTrainable))
            _firstNeeded = blocks.TakeWhile(b => !b.Weights.Any(w => w.IsTrainable)).Count();
    }

    public DecoderShape Shape { get; }

    /// <summary>Whether its weights are another's, which disposes them.</summary>
    public bool BorrowsWeights { get; init; }

    /// <summary>Each weight once, in order of the forward pass.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>What trains of them.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The final norm and the logits.</summary>
    public Head Head { get; }

    /// <summary>The operations, in its precision and on its device.</summary>
    public KernelSet Kernels { get; }

    public Precision Precision => Kernels.Precision;

    /// <summary>The number of a training step, from which the dropout of adapters is drawn; null outside of steps.</summary>
    public ulong? DropoutStep
    {
        set => _dropout?.Step = value;
    }

    /// <summary>Activation memory per token of a pass.</summary>
    public TokenBytes Bytes => _blocks.Aggregate(default(TokenBytes), (sum, b) => sum + b.Bytes) + new TokenBytes(InputBytes, 0);

    /// <summary>The same where blocks keep only their inputs (<see cref="Tape.Recomputes"/>).</summary>
    public long InputBytes => (long)_blocks.Count * Shape.Width * Precision.WideBytes;

    /// <summary>
    /// The residual stream [R, D], wide, at <paramref name="rows"/>, or at all T tokens. <paramref name="tape"/> records what the
    /// backward pass needs.
    /// </summary>
    /// <param name="ids">[T], int64.</param>
    /// <param name="layout">Segments of the T tokens.</param>
    /// <param name="tape">Where to record, or null for scoring only.</param>
    /// <param name="rows">The tokens whose output is needed [R], int64, each once: the last block computes no others.</param>
    /// <param name="routers">Where routers note their choices, if their loss counts.</param>
    public Tensor Forward(Tensor ids, TokenLayout layout, Tape? tape, Tensor? rows = null, RouterLoss? routers = null)
    {
        ExpectOneIdPerToken(ids, layout);
        using var scope = NewDisposeScope();
        PassPlaces places = _places.Of(layout);
        _dropout?.Begin(ids, layout, rows);
        Tensor x = _embedding.Forward(ids, places.Indices);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            bool records = tape is not null && layer >= _firstNeeded;
            Activations? kept = records && !tape!.Recomputes ? new Activations() : null;
            LayerPass pass = PassOf(layer, places, rows) with { RouterLoss = routers };
            Tensor next = _blocks[layer].Forward(x, pass, kept);
            if (records)
                tape!.Record(x, kept);
            else
                x.Dispose();
            x = next;
        }
        routers?.Close();
        _dropout?.End();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Accumulates the gradients of all weights except the head's, given that of the residual stream [R, D], wide. Consumes the
    /// tape.
    /// </summary>
    public void Backward(
        Tensor gradient,
        Tensor ids,
        TokenLayout layout,
        Tape tape,
        Tensor? rows = null,
        RouterLoss? routers = null
    )
    {
        using var scope = NewDisposeScope();
        PassPlaces places = _places.Of(layout);
        _dropout?.Begin(ids, layout, rows);
        Tensor flowing = gradient.alias();
        for (int layer = _blocks.Count - 1; layer >= _firstNeeded; layer--)
        {
            LayerPass pass = PassOf(layer, places, rows) with { RouterLoss = routers };
            (Tensor x, Activations? recorded) = tape.Take();
            using Activations kept = recorded ?? Recompute(_blocks[layer], x, pass);
            Tensor previous = flowing;
            flowing = _blocks[layer].Backward(previous, x, pass, kept);
            previous.Dispose();
            x.Dispose();
        }
        _embedding.Backward(flowing, ids, places.Indices);
        _dropout?.End();
    }

    /// <summary>
    /// The logits [N, V], wide, after the last token of each of N sequences: segment i of <paramref name="fresh"/>, new tokens,
    /// continues <paramref name="caches"/>[i].
    /// </summary>
    /// <param name="ids">[T], the new tokens.</param>
    /// <param name="fresh">Their layout; segments without parents.</param>
    /// <param name="caches">One per segment.</param>
    public Tensor NextLogits(long[] ids, TokenLayout fresh, IReadOnlyList<KeyValueCache> caches)
    {
        if (Shape.NeedsOwnPrompts)
            (ids, fresh) = CacheRenewal.WithTurnedTokens(Shape, ids, fresh, caches);
        long[]? last = fresh.Segments.Count == fresh.Tokens ? null : [.. fresh.Segments.Select(s => (long)s.End - 1)];
        Tensor logits = Logits(ids, fresh, [.. caches.Select(c => c.Heads)], last)!;
        for (int i = 0; i < caches.Count; i++)
            caches[i].Advance(fresh.Segments[i].Length);
        return logits;
    }

    /// <summary>
    /// The logits [R, V], wide, on the CPU, after <paramref name="rows"/>, or after all tokens; null for no rows. Keys and
    /// values are written to the caches, whose lengths are the caller's to advance.
    /// </summary>
    /// <param name="ids">[T], the new tokens.</param>
    /// <param name="fresh">Their layout; segments without parents.</param>
    /// <param name="caches">One per segment, which its tokens continue.</param>
    /// <param name="rows">The tokens after which logits are needed, each once; null for all.</param>
    /// <param name="lengths">The length that each sequence counts as, where rotations depend on it; as far as it is computed by
    /// then if not given.</param>
    public Tensor? Logits(long[] ids, TokenLayout fresh, CachedHeads[] caches, long[]? rows, int[]? lengths = null)
    {
        using var scope = NewDisposeScope();
        // Decoding a token per sequence: the same tensors again and again.
        int most = Kernels.IsBatchInvariant ? MostStepRows : KernelSet.FewRows;
        bool isStep = ids.Length == caches.Length && ids.Length <= most;
        if (isStep)
            _stepMemory.Begin();
        Kernels.Reused = isStep ? _stepMemory : null;
        try
        {
            // The last block computes at least one row.
            Tensor? wanted = rows is null ? null : Kernels.Indices(rows.Length == 0 ? [0] : rows);
            Tensor x = Extend(Kernels.Indices(ids), _places.Of(fresh, caches, lengths), caches, wanted);
            if (rows is { Length: 0 })
                return null;
            Tensor logits = Head.WideLogits(x);
            return (isStep ? logits.alias() : logits).MoveToOuterDisposeScope();
        }
        finally
        {
            Kernels.Reused = null;
        }
    }

    // Steps of more sequences make their tensors anew: beside their products that is little. Products of many rows make others on
    // the way, and let go of them, where they are not batch-invariant.
    private const int MostStepRows = 64;

    /// <summary>The residual stream at the needed rows [R, D].</summary>
    private Tensor Extend(Tensor ids, PassPlaces places, CachedHeads[] cached, Tensor? rows)
    {
        ExpectOneIdPerToken(ids, places.At.Layout);
        Tensor x = _embedding.Forward(ids, places.Indices);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            Tensor next = _blocks[layer].Forward(x, PassOf(layer, places, rows, cached), kept: null);
            if (Kernels.Reused is null)
                x.Dispose();
            x = next;
        }
        return x;
    }

    // The last block computes only the needed rows.
    private LayerPass PassOf(int layer, PassPlaces places, Tensor? rows, IReadOnlyList<CachedHeads>? caches = null) =>
        new()
        {
            At = places.Of(hasWindow: Shape.WindowOf(layer) > 0),
            Rows = layer == _blocks.Count - 1 ? rows : null,
            Caches = caches,
            Layer = layer,
        };

    private static Activations Recompute(IBlock block, Tensor x, LayerPass pass)
    {
        var kept = new Activations();
        block.Forward(x, pass, kept).Dispose();
        return kept;
    }

    private static void ExpectOneIdPerToken(Tensor ids, TokenLayout layout) =>
        Tensors.Shape.Expect(ids, nameof(ids), layout.Tokens);

    public void Dispose()
    {
        _stepMemory.Dispose();
        _places.Dispose();
        foreach (Weight weight in BorrowsWeights ? [] : Weights)
            weight.Dispose();
        Kernels.Dispose();
    }
}
