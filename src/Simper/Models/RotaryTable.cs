using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// Cosines and sines by position, computed in double precision and stored in the wide dtype: rounding frequencies or angles
/// earlier would change the logits at large positions. Grows by doubling; owns its tensors. Not thread safe.
/// </summary>
internal sealed class RotaryTable(RotaryKind kind, int headWidth, KernelSet kernels) : IDisposable
{
    private readonly double[] _frequencies = kind.Frequencies(headWidth);
    private Tensor? _cos;
    private Tensor? _sin; // [positions, E / 2]

    /// <summary>Rows of the table for <paramref name="positions"/> [T]: cos and sin [T, E / 2].</summary>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, int highest)
    {
        if (_cos is null || _cos.shape[0] <= highest)
            Grow(highest + 1);
        return (_cos!.index_select(0, positions), _sin!.index_select(0, positions));
    }

    private void Grow(int needed)
    {
        int positions = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(needed, 256));
        int half = _frequencies.Length;
        var cos = new double[positions * half];
        var sin = new double[positions * half];
        for (int p = 0; p < positions; p++)
        {
            for (int i = 0; i < half; i++)
            {
                (double s, double c) = Math.SinCos(p * _frequencies[i]);
                cos[p * half + i] = c * kind.AttentionFactor;
                sin[p * half + i] = s * kind.AttentionFactor;
            }
        }
        Dispose();
        _cos = tensor(cos, [positions, half], dtype: kernels.Precision.Wide, device: kernels.Device).DetachFromDisposeScope();
        _sin = tensor(sin, [positions, half], dtype: kernels.Precision.Wide, device: kernels.Device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
        (_cos, _sin) = (null, null);
    }
}
