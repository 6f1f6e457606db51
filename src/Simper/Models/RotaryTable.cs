using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// Cosines and sines by position, computed in double precision and stored in the wide dtype: rounding frequencies or angles
/// earlier would change the logits at large positions. Grows by doubling; where frequencies depend on the length of a sequence,
/// rows are computed pass by pass instead. Owns its tensors. Not thread safe.
/// </summary>
internal sealed class RotaryTable(RotaryKind kind, int rotaryWidth, KernelSet kernels) : IDisposable
{
    private readonly double[] _frequencies = kind.Frequencies(rotaryWidth);
    private Tensor? _cos;
    private Tensor? _sin; // [positions, R / 2]

    /// <summary>Rows for positions [T]: cos and sin [T, R / 2].</summary>
    /// <param name="positions">Of the tokens.</param>
    /// <param name="indices">The same on the device.</param>
    /// <param name="lengths">The length of each token's sequence, where it counts.</param>
    public (Tensor Cos, Tensor Sin) At(long[] positions, Tensor indices, int[]? lengths)
    {
        if (kind.DependsOnLength)
            return RowsFor(positions, lengths ?? throw new ArgumentNullException(nameof(lengths)));
        long highest = positions.Max();
        if (_cos is null || _cos.size(0) <= highest)
            Grow((int)highest + 1);
        return (_cos!.index_select(0, indices), _sin!.index_select(0, indices));
    }

    private (Tensor Cos, Tensor Sin) RowsFor(long[] positions, int[] lengths)
    {
        var byClass = new Dictionary<int, double[]>();
        return Rows(positions.Length, t => (positions[t], Frequencies(lengths[t])));

        double[] Frequencies(int length)
        {
            int number = kind.LengthClass(length);
            if (!byClass.TryGetValue(number, out double[]? found))
                byClass[number] = found = kind.Frequencies(rotaryWidth, length);
            return found;
        }
    }

    private void Grow(int needed)
    {
        int positions = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(needed, 256));
        Dispose();
        (Tensor cos, Tensor sin) = Rows(positions, p => (p, _frequencies));
        (_cos, _sin) = (cos.DetachFromDisposeScope(), sin.DetachFromDisposeScope());
    }

    private (Tensor Cos, Tensor Sin) Rows(int count, Func<int, (long Position, double[] Frequencies)> row)
    {
        int half = _frequencies.Length;
        var cos = new double[count * half];
        var sin = new double[count * half];
        for (int t = 0; t < count; t++)
        {
            (long position, double[] frequencies) = row(t);
            for (int i = 0; i < half; i++)
            {
                (double s, double c) = Math.SinCos(position * frequencies[i]);
                cos[t * half + i] = c * kind.AttentionFactor;
                sin[t * half + i] = s * kind.AttentionFactor;
            }
        }
        return (
            tensor(cos, [count, half], dtype: kernels.Precision.Wide, device: kernels.Device),
            tensor(sin, [count, half], dtype: kernels.Precision.Wide, device: kernels.Device)
        );
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
        (_cos, _sin) = (null, null);
    }
}
