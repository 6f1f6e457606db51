using Simper.Models;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>The norm of all gradients together, and clipping by it.</summary>
internal static class GradientNorm
{
    /// <summary>√Σ g² over all parameters; not finite where a gradient is not.</summary>
    public static double Of(IEnumerable<Parameter> parameters)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] norms = [.. parameters.Select(p => p.GradientBuffer().norm())];
        return stack(norms).norm().to(ScalarType.Float64).item<double>();
    }

    /// <summary>Scales the gradients so that their norm is at most <paramref name="limit"/> (torch's <c>clip_grad_norm_</c>).</summary>
    public static void Clip(IEnumerable<Parameter> parameters, double norm, double limit)
    {
        double factor = limit / (norm + 1e-6); // As torch: the small term keeps a zero norm from dividing.
        if (factor >= 1)
            return;
        using var noGrad = no_grad();
        foreach (Parameter parameter in parameters)
            parameter.GradientBuffer().mul_(factor);
    }
}
