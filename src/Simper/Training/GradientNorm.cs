using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Models;
using Simper.Models.Weights;

namespace Simper.Training;

/// <summary>The norm of all gradients together, and the factor that clips it.</summary>
internal static class GradientNorm
{
    /// <summary>√Σ g² over all parameters, summed in a fixed order; not finite if a gradient is not.</summary>
    public static double Of(IEnumerable<Parameter> parameters) => Math.Sqrt(parameters.Sum(p => p.GradientSquareSum()));

    /// <summary>
    /// The factor that scales the gradients to a norm of at most <paramref name="limit"/> (torch's <c>clip_grad_norm_</c>).
    /// </summary>
    // As in torch: the small term avoids a division by zero.
    public static double ClipFactor(double norm, double limit) => Math.Min(1, limit / (norm + 1e-6));
}
