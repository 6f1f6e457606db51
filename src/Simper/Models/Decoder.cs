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
    private readonly IReadOnlyList<Block> _blocks;
    private readonly RotaryTable _rotary;
    private readonly StepMemory _stepMemory = new();

    // The first block that has to be differentiated: it is trainable itself, or the embedding is. Earlier ones keep nothing.
    private readonly int _firstNeeded;

    public Decoder(DecoderShape shape, Embedding embedding, IReadOnlyList<Block> blocks, Head head, KernelSet kernels)
    {
        (Shape, _embedding, _blocks, Head, Kernels) = (shape, embedding, blocks, head, kernels);
        _rotary = new RotaryTable(shape.Rotary, shape.HeadWidth, kernels);
        IEnumerable<Weight> all = [embedding.Table, .. blocks.SelectMany(b => b.Weights), .. head.Weights];
        Weights = [.. all.Distinct()];
        Parameters = [.. Weights.Select(w => w.Parameter).OfType<Parameter>()];
        if (!embedding.Table.IsTrainable)
            _firstNeeded = blocks.TakeWhile(b => !b.Weights.Any(w => w.IsTrainable)).Count();
    }

    public DecoderShape Shape { get; }

    /// <summary>Each weight once, in order of the forward pass.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>What trains of them.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The final norm and the logits.</summary>
    public Head Head { get; }

    /// <summary>The operations, in its precision and on its device.</summary>
    public KernelSet Kernels { get; }

    public Precision Precision => Kernels.Precision;

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
    public Tensor Forward(Tensor ids, TokenLayout layout, Tape? tape, Tensor? rows = null)
    {
        ExpectOneIdPerToken(ids, layout);
        using var scope = NewDisposeScope();
        Positions at = At(layout, layout.Positions());
        Tensor x = _embedding.Forward(ids);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            bool records = tape is not null && layer >= _firstNeeded;
            Activations? kept = records && !tape!.Recomputes ? new Activations() : null;
            Tensor next = _blocks[layer].Forward(x, PassOf(layer, at, rows), kept);
            if (records)
                tape!.Record(x, kept);
            else
                x.Dispose();
            x = next;
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Accumulates the gradients of all weights except the head's, given that of the residual stream [R, D], wide. Consumes the
    /// tape.
    /// </summary>
    public void Backward(Tensor gradient, Tensor ids, TokenLayout layout, Tape tape, Tensor? rows = null)
    {
        using var scope = NewDisposeScope();
        Positions at = At(layout, layout.Positions());
        Tensor flowing = gradient.alias();
        for (int layer = _blocks.Count - 1; layer >= _firstNeeded; layer--)
        {
            LayerPass pass = PassOf(layer, at, rows);
            (Tensor x, Activations? recorded) = tape.Take();
            using Activations kept = recorded ?? Recompute(_blocks[layer], x, pass);
            Tensor previous = flowing;
            flowing = _blocks[layer].Backward(previous, x, pass, kept);
            previous.Dispose();
            x.Dispose();
        }
        _embedding.Backward(flowing, ids);
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
        using var scope = NewDisposeScope();
        var positions = new long[fresh.Tokens];
        for (int i = 0; i < caches.Count; i++)
        {
            TokenLayout.Segment segment = fresh.Segments[i];
            for (int j = 0; j < segment.Length; j++)
                positions[segment.Start + j] = caches[i].Length + j;
        }
        // Decoding a token per sequence: the same tensors again and again.
        bool isStep = ids.Length == caches.Count && ids.Length <= KernelSet.FewRows;
        if (isStep)
            _stepMemory.Begin();
        Kernels.Reused = isStep ? _stepMemory : null;
        try
        {
            Tensor logits = Head.WideLogits(Extend(Kernels.Indices(ids), At(fresh, positions), caches));
            for (int i = 0; i < caches.Count; i++)
                caches[i].Advance(fresh.Segments[i].Length);
            return (isStep ? logits.alias() : logits).MoveToOuterDisposeScope();
        }
        finally
        {
            Kernels.Reused = null;
        }
    }

    /// <summary>The residual stream at the last token of each segment [N, D].</summary>
    private Tensor Extend(Tensor ids, Positions at, IReadOnlyList<KeyValueCache> caches)
    {
        ExpectOneIdPerToken(ids, at.Layout);
        CachedHeads[] cached = [.. caches.Select(c => c.Heads)];
        Tensor? last =
            at.Layout.Segments.Count == at.Layout.Tokens
                ? null
                : Kernels.Indices([.. at.Layout.Segments.Select(s => (long)s.End - 1)]);
        Tensor x = _embedding.Forward(ids);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            Tensor next = _blocks[layer].Forward(x, PassOf(layer, at, last, cached), kept: null);
            if (Kernels.Reused is null)
                x.Dispose();
            x = next;
        }
        return x;
    }

    // The last block computes only the needed rows.
    private LayerPass PassOf(int layer, Positions at, Tensor? rows, IReadOnlyList<CachedHeads>? caches = null) =>
        new()
        {
            At = at,
            Rows = layer == _blocks.Count - 1 ? rows : null,
            Caches = caches,
            Layer = layer,
        };

    private static Activations Recompute(Block block, Tensor x, LayerPass pass)
    {
        var kept = new Activations();
        block.Forward(x, pass, kept).Dispose();
        return kept;
    }

    private Positions At(TokenLayout layout, long[] positions)
    {
        (Tensor cos, Tensor sin) = _rotary.At(Kernels.Indices(positions), (int)positions.Max());
        return new Positions(layout, cos, sin);
    }

    private static void ExpectOneIdPerToken(Tensor ids, TokenLayout layout) =>
        Tensors.Shape.Expect(ids, nameof(ids), layout.Tokens);

    public void Dispose()
    {
        _stepMemory.Dispose();
        _rotary.Dispose();
        foreach (Weight weight in Weights)
            weight.Dispose();
        Kernels.Dispose();
    }
}
