using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, N sequences, D width, V words.

/// <summary>
/// The decoder from token ids to the residual stream after its last block, forward and backward, without autograd; and its head,
/// which Scoring and Generation call for the few rows that need it. Owns its weights. Not thread safe.
/// </summary>
internal sealed class Decoder : IDisposable
{
    private readonly Block[] _blocks;
    private readonly RotaryTable _rotary;
    private DecodingPass? _decoding;

    public Decoder(DecoderShape shape, DecoderWeights weights, KernelSet kernels)
    {
        (Shape, Weights, Precision, Kernels) = (shape, weights, kernels.Precision, kernels);
        _blocks = [.. weights.Blocks.Select(b => new Block(shape, b, kernels))];
        _rotary = new RotaryTable(shape.Rotary, shape.HeadWidth, Precision);
    }

    public DecoderShape Shape { get; }

    public DecoderWeights Weights { get; }

    public Precision Precision { get; }

    /// <summary>The operations between matrix products, in this precision.</summary>
    public KernelSet Kernels { get; }

    /// <summary>The residual stream [R, D], wide, at <paramref name="rows"/>, or at all T tokens. With <paramref name="tape"/>,
    /// what backward needs is recorded there.</summary>
    /// <param name="ids">[T], int64.</param>
    /// <param name="layout">Segments of the T tokens.</param>
    /// <param name="tape">Where to record, or null for scoring alone.</param>
    /// <param name="rows">The tokens whose output is wanted [R], int64, each once: the last block computes no others.</param>
    public Tensor Forward(Tensor ids, TokenLayout layout, Tape? tape, Tensor? rows = null)
    {
        ExpectOneIdPerToken(ids, layout);
        using var scope = NewDisposeScope();
        Positions at = At(layout);
        Tensor x = Embed(ids);
        foreach (Block block in _blocks)
        {
            Activations? kept = tape is null || tape.Recomputes ? null : new Activations();
            Tensor next = block.Forward(x, at, kept, block == _blocks[^1] ? rows : null);
            if (tape is null)
                x.Dispose();
            else
                tape.Record(x, kept);
            x = next;
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Adds the gradients of all weights but the head's, given that of the residual stream [R, D], wide. Uses the tape up.
    /// </summary>
    public void Backward(Tensor gradient, Tensor ids, TokenLayout layout, Tape tape, Tensor? rows = null)
    {
        using var scope = NewDisposeScope();
        Positions at = At(layout);
        Tensor flowing = gradient.alias();
        for (int layer = _blocks.Length - 1; layer >= 0; layer--)
        {
            (Tensor x, Activations? recorded) = tape.Take();
            Tensor? wanted = layer == _blocks.Length - 1 ? rows : null;
            using Activations kept = recorded ?? Recompute(_blocks[layer], x, at, wanted);
            Tensor previous = flowing;
            flowing = _blocks[layer].Backward(previous, x, at, kept, wanted);
            previous.Dispose();
            x.Dispose();
        }
        // Rows of the same token add up in a fixed order on the CPU.
        Weights.Embedding.GradientBuffer().IndexAddInPlace(0, ids, flowing);
    }

    /// <summary>
    /// The logits [N, V], wide, after the last token of each of N sequences: segment i of <paramref name="fresh"/>, new tokens,
    /// goes on behind <paramref name="caches"/>[i].
    /// </summary>
    /// <param name="ids">[T], the new tokens.</param>
    /// <param name="fresh">Where they stand; segments without parents.</param>
    /// <param name="caches">One a segment.</param>
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
        Positions at = At(fresh, positions);
        Tensor logits =
            ids.Length == caches.Count && ids.Length <= KernelSet.FewRows
                ? (_decoding ??= DecodingPass.For(this)).Logits(ids, at, caches)
                : Kernels.WideProduct(FinalNorm(Extend(tensor(ids), at, caches)).Normalised, Weights.Head.Compute);
        for (int i = 0; i < caches.Count; i++)
            caches[i].Advance(fresh.Segments[i].Length);
        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The residual stream at the last token of each segment [N, D], tensor by tensor: for prompts, and for many sequences.
    /// </summary>
    internal Tensor Extend(Tensor ids, Positions at, IReadOnlyList<KeyValueCache> caches)
    {
        ExpectOneIdPerToken(ids, at.Layout);
        CachedHeads[] cached = [.. caches.Select(c => c.Heads)];
        Tensor last = tensor(at.Layout.Segments.Select(s => (long)s.End - 1).ToArray());
        Tensor x = Embed(ids);
        for (int layer = 0; layer < _blocks.Length; layer++)
        {
            Tensor next = _blocks[layer].Extend(x, at, layer, cached, layer == _blocks.Length - 1 ? last : null);
            x.Dispose();
            x = next;
        }
        return x;
    }

    /// <summary>
    /// The final norm over rows of the residual stream [N, D]: the head's input in the compute type, and 1 / root mean square
    /// [N].
    /// </summary>
    public (Tensor Normalised, Tensor InverseRms) FinalNorm(Tensor rows) =>
        Kernels.Norm(rows, Weights.FinalNorm.Master, Shape.NormEpsilon);

    /// <summary>The head over normalised rows [N, D]: logits [N, V], in the compute type.</summary>
    public Tensor Logits(Tensor normalised) => Kernels.Linear(normalised, Weights.Head.Compute, bias: null);

    private static Activations Recompute(Block block, Tensor x, Positions at, Tensor? rows)
    {
        var kept = new Activations();
        block.Forward(x, at, kept, rows).Dispose();
        return kept;
    }

    private Tensor Embed(Tensor ids) => Weights.Embedding.Compute.index_select(0, ids).to(Precision.Wide);

    private Positions At(TokenLayout layout) => At(layout, layout.Positions());

    private Positions At(TokenLayout layout, long[] positions)
    {
        (Tensor cos, Tensor sin) = _rotary.At(tensor(positions), (int)positions.Max());
        return new Positions(layout, cos, sin);
    }

    private static void ExpectOneIdPerToken(Tensor ids, TokenLayout layout) =>
        Tensors.Shape.Expect(ids, nameof(ids), layout.Tokens);

    public void Dispose()
    {
        _decoding?.Dispose();
        _rotary.Dispose();
        Weights.Dispose();
    }
}
