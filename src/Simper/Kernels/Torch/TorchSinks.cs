using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>Attention with one score more (<see cref="KernelSet.AddSinks"/>).</summary>
internal static class TorchSinks
{
    public static void Add(Tensor output, Tensor logSumExp, Tensor sinks, Precision precision)
    {
        using var scope = NewDisposeScope();
        Tensor above = logSumExp - sinks;
        Tensor rows = output.view(output.size(0), sinks.size(0), -1);
        rows.copy_(rows.to(precision.Wide) * above.sigmoid().unsqueeze(2));
        logSumExp.PlusInPlace(Softplus(above.neg()));
    }

    // log(1 + e^x), of any size.
    private static Tensor Softplus(Tensor x) => x.AtLeast(0.0).Plus(x.abs().neg().exp_().log1p_());
}
