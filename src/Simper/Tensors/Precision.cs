using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// The number types of a computation. There is no automatic casting: matrix products run in <see cref="Compute"/>; the residual
/// stream, norms, rotations, log-probs, losses, gradients across micro-batches, master weights and optimizer state are in
/// <see cref="Wide"/>.
/// </summary>
public sealed record Precision
{
    private Precision(string name, ScalarType compute, ScalarType wide) => (Name, Compute, Wide) = (name, compute, wide);

    /// <summary>Everything in 32 bits.</summary>
    public static Precision Float32 { get; } = new("float32", ScalarType.Float32, ScalarType.Float32);

    /// <summary>
    /// Matrix products in bfloat16, all else in 32 bits. Faster only where the processor has instructions for it.
    /// </summary>
    public static Precision BFloat16 { get; } = new("bfloat16", ScalarType.BFloat16, ScalarType.Float32);

    /// <summary>Everything in 64 bits: slow, for checking numbers.</summary>
    public static Precision Float64 { get; } = new("float64", ScalarType.Float64, ScalarType.Float64);

    /// <summary>As in transformers' <c>dtype</c>: float32, bfloat16, float64.</summary>
    public string Name { get; }

    /// <summary>Type of the matrix products.</summary>
    public ScalarType Compute { get; }

    /// <summary>Type of sums and of all state.</summary>
    public ScalarType Wide { get; }

    /// <summary>Bytes of a number of <see cref="Compute"/>.</summary>
    internal int ComputeBytes => Compute.ElementSize();

    /// <summary>Bytes of a number of <see cref="Wide"/>.</summary>
    internal int WideBytes => Wide.ElementSize();

    /// <summary>The number of the compute type that is nearest.</summary>
    internal double RoundToCompute(double number) =>
        Compute switch
        {
            ScalarType.BFloat16 => (float)(BFloat16)(float)number,
            ScalarType.Float32 => (float)number,
            _ => number,
        };

    public override string ToString() => Name;
}
