using Simper.Kernels;
using Simper.Models.Layers;
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
        IEnumerable<Parameter> all = [embedding.Table, .. blocks.SelectMany(b => b.Parameters), .. head.Parameters];
        Parameters = [.. all.Distinct()];
        if (!embedding.Table.IsTrainable)
            _firstNeeded = blocks.TakeWhile(b => !b.Parameters.Any(p => p.IsTrainable)).Count();
    }

    public DecoderShape Shape { get; }

    /// <summary>Each parameter once, in order of the forward pass.</summary>
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
    public Tensor? Logits(long[] ids, TokenLayout fresh, CachedHeads[] caches, long[]? rows)
    {
        using var scope = NewDisposeScope();
        var positions = new long[fresh.Tokens];
        for (int i = 0; i < caches.Length; i++)
        {
            TokenLayout.Segment segment = fresh.Segments[i];
            for (int j = 0; j < segment.Length; j++)
                positions[segment.Start + j] = caches[i].Length + j;
        }
        // Decoding a token per sequence: the same tensors again and again.
        bool isStep = ids.Length == caches.Length && ids.Length <= MostStepRows;
        if (isStep)
            _stepMemory.Begin();
        Kernels.Reused = isStep ? _stepMemory : null;
        try
        {
            // The last block computes at least one row.
            Tensor? wanted = rows is null ? null : Kernels.Indices(rows.Length == 0 ? [0] : rows);
            Tensor x = Extend(Kernels.Indices(ids), At(fresh, positions), caches, wanted);
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

    // Steps of more sequences make their tensors anew: beside their products that is little.
    private const int MostStepRows = 64;

    /// <summary>The residual stream at the needed rows [R, D].</summary>
    private Tensor Extend(Tensor ids, Positions at, CachedHeads[] cached, Tensor? rows)
    {
        ExpectOneIdPerToken(ids, at.Layout);
        Tensor x = _embedding.Forward(ids);
        for (int layer = 0; layer < _blocks.Count; layer++)
        {
            Tensor next = _blocks[layer].Forward(x, PassOf(layer, at, rows, cached), kept: null);
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
        foreach (Parameter parameter in Parameters)
            parameter.Dispose();
        Kernels.Dispose();
    }
}
