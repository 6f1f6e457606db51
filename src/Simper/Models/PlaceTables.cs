using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// The rotations of a decoder's positions, from which each pass takes its own. Owns its tables. Not thread safe.
/// </summary>
internal sealed class PlaceTables : IDisposable
{
    private readonly DecoderShape _shape;
    private readonly KernelSet _kernels;
    private readonly RotaryTable _rotary;
    private readonly RotaryTable? _windowRotary;

    public PlaceTables(DecoderShape shape, KernelSet kernels)
    {
        (_shape, _kernels) = (shape, kernels);
        int rotated = Math.Max(shape.RotaryWidth, 2); // without rotation the table is not read
        _rotary = new RotaryTable(shape.Rotary, rotated, kernels);
        _windowRotary = shape.WindowRotary is { } kind ? new RotaryTable(kind, rotated, kernels) : null;
    }

    /// <summary>The places of a pass; its tensors belong to the open dispose scope.</summary>
    /// <param name="layout">Its segments.</param>
    /// <param name="caches">What each segment continues, if anything.</param>
    /// <param name="sequences">The length that each sequence counts as, where rotations depend on it; as far as it is computed by
    /// then if not given.</param>
    public PassPlaces Of(TokenLayout layout, CachedHeads[]? caches = null, int[]? sequences = null)
    {
        long[] positions = layout.Positions();
        int[]? lengths = _shape.NeedsOwnPrompts ? layout.SequenceLengths() : null;
        for (int s = 0; s < caches?.Length; s++)
        {
            for (int t = layout.Segments[s].Start; t < layout.Segments[s].End; t++)
            {
                positions[t] += caches[s].Length;
                if (lengths is not null)
                    lengths[t] = sequences?[s] ?? lengths[t] + caches[s].Length;
            }
        }
        ExpectKnown(positions);
        Tensor indices = _kernels.Indices(positions);
        Positions at = At(_rotary);
        return new PassPlaces(indices, at, _windowRotary is null ? at : At(_windowRotary));

        Positions At(RotaryTable table)
        {
            (Tensor cos, Tensor sin) = table.At(positions, indices, lengths);
            return new Positions(layout, cos, sin);
        }
    }

    // Without a row libtorch would fail with an index error.
    private void ExpectKnown(long[] positions)
    {
        if (_shape.LearnedPositions > 0 && positions.Max() >= _shape.LearnedPositions)
            throw new SimperException(
                $"A sequence has {positions.Max() + 1} tokens, but the model has learned {_shape.LearnedPositions} positions; "
                    + $"lower max_length to {_shape.LearnedPositions} or less."
            );
    }

    public void Dispose()
    {
        _rotary.Dispose();
        _windowRotary?.Dispose();
    }
}
