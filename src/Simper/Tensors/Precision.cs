using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// The dtypes of a computation. There is no automatic casting: matrix products run in the compute dtype <see cref="Compute"/>;
/// the residual stream, norms, rotations, log-probs, losses, gradients across micro-batches, master weights and optimizer state
/// are in the wide dtype <see cref="Wide"/>.
/// </summary>
public sealed record Precision
{
    private Precision(string name, ScalarType compute, ScalarType wide) => (Name, Compute, Wide) = (name, compute, wide);

    /// <summary>Everything in float32.</summary>
    public static Precision Float32 { get; } = new("float32", ScalarType.Float32, ScalarType.Float32);

    /// <summary>
    /// Matrix products in bfloat16, everything else in float32. Faster only on processors with instructions for it.
    /// </summary>
    public static Precision BFloat16 { get; } = new("bfloat16", ScalarType.BFloat16, ScalarType.Float32);

    /// <summary>Everything in float64: slow, for checking numbers.</summary>
    public static Precision Float64 { get; } = new("float64", ScalarType.Float64, ScalarType.Float64);

    /// <summary>As in transformers' <c>dtype</c>: float32, bfloat16, float64.</summary>
    public string Name { get; }

    /// <summary>Dtype of the matrix products.</summary>
    public ScalarType Compute { get; }

    /// <summary>Dtype of sums and of all state.</summary>
    public ScalarType Wide { get; }

    /// <summary>Bytes per value of <see cref="Compute"/>.</summary>
    internal int ComputeBytes => Compute.ElementSize();

    /// <summary>Bytes per value of <see cref="Wide"/>.</summary>
    internal int WideBytes => Wide.ElementSize();

    /// <summary>Rounds to the nearest value of the compute dtype.</summary>
    internal double RoundToCompute(double number) =>
        Compute switch
        {
            ScalarType.BFloat16 => (float)(BFloat16)(float)number,
            ScalarType.Float32 => (float)number,
            _ => number,
        };

    public override string ToString() => Name;
}
