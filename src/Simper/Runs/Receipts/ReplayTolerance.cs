using Simper.Tensors;

namespace Simper.Runs.Receipts;

/// <summary>
/// How far the numbers of a step may be apart where program, processor or number of threads are others. Relative, and the same
/// for rate, loss and gradient norm.
/// </summary>
public static class ReplayTolerance
{
    /// <summary>The tolerance for a model's dtypes.</summary>
    public static double Of(Precision precision) =>
        precision == Precision.Float64 ? 1e-9
        : precision == Precision.Float32 ? 1e-3
        : 5e-2;

    /// <summary>Whether two numbers are as near.</summary>
    public static bool AreNear(double a, double b, double tolerance) =>
        a.Equals(b) || Math.Abs(a - b) <= tolerance * Math.Max(Math.Abs(a), Math.Abs(b));
}
