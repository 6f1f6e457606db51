using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Models;

namespace Simper.Training;

/// <summary>The norm of all gradients together, and the factor that clips it.</summary>
internal static class GradientNorm
{
    /// <summary>√Σ g² over all parameters, summed in a fixed order; not finite where a gradient is not.</summary>
    public static double Of(IEnumerable<Parameter> parameters) =>
        Math.Sqrt(parameters.Where(p => p.IsTrainable).Sum(p => p.GradientSquareSum()));

    /// <summary>What to scale the gradients by so that their norm is at most <paramref name="limit"/> (torch's
    /// <c>clip_grad_norm_</c>).</summary>
    // As torch: the small term keeps a zero norm from dividing.
    public static double ClipFactor(double norm, double limit) => Math.Min(1, limit / (norm + 1e-6));
}
