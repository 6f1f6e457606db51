using Simper.Tensors;

namespace Simper.Runs.Receipts;

/// <summary>
/// How far loss and gradient norm of a step may be apart where program, processor or number of threads are others. Relative; a
/// loss near 0 is taken for <see cref="LeastLoss"/>, since it is a sum of larger terms. Rates come from the recipe alone.
/// Measured between AVX-512 and AVX2 over five steps of SmolLM2-135M: at most 1.3e-5 in float32, and 3e-2 in bfloat16.
/// </summary>
public static class ReplayTolerance
{
    /// <summary>Smaller losses are compared as if they were this large.</summary>
    public const double LeastLoss = 0.1;

    /// <summary>That of the learning rate, whatever the dtypes.</summary>
    public const double OfRate = 1e-12;

    /// <summary>The tolerance for a model's dtypes.</summary>
    public static double Of(Precision precision) =>
        precision == Precision.Float64 ? 1e-8
        : precision == Precision.Float32 ? 1e-4
        : 5e-2;

    /// <summary>Whether two numbers are as near.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <param name="tolerance">Relative to the larger of them.</param>
    /// <param name="least">What it is relative to at least.</param>
    public static bool AreNear(double a, double b, double tolerance, double least = 0) =>
        a.Equals(b) || Math.Abs(a - b) <= tolerance * Math.Max(least, Math.Max(Math.Abs(a), Math.Abs(b)));
}
