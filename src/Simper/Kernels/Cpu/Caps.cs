using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// The way back through a soft cap as a type argument: loops without one are compiled as if there were no caps.
/// </summary>
internal interface ICap<T>
    where T : unmanaged
{
    /// <summary>The gradient of what was capped, from that of the capped.</summary>
    Vector512<T> Through(Vector512<T> capped, Vector512<T> gradient);
}

/// <summary>None.</summary>
internal readonly struct NoCap<T> : ICap<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Through(Vector512<T> capped, Vector512<T> gradient) => gradient;
}

/// <summary>Of cap · tanh(x / cap): times 1 - (capped / cap)².</summary>
internal readonly struct TanhCap<T>(double cap) : ICap<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Through(Vector512<T> capped, Vector512<T> gradient)
    {
        // What was masked after it was capped is minus infinity, and zero times infinity no number.
        Vector512<T> tanh = Vector512.Max(capped * Lanes.Create<T>(1 / cap), Lanes.Create<T>(-1));
        return gradient * Lanes.MultiplyAdd(-tanh, tanh, Vector512<T>.One);
    }
}
