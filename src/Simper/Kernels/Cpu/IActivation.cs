using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>An <see cref="Activation"/> as a type argument: the loops that use it are specialised for each.</summary>
internal interface IActivation
{
    /// <summary>act(x).</summary>
    static abstract Vector512<T> Value<T>(Vector512<T> x)
        where T : unmanaged;

    /// <summary>act(x), bit-identical to <see cref="Value"/>, and act'(x).</summary>
    static abstract (Vector512<T> Value, Vector512<T> Slope) ValueAndSlope<T>(Vector512<T> x)
        where T : unmanaged;
}
