using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, I inner width.

/// <summary>silu(gate) · up (Shazeer 2020, "SwiGLU"), with gate and up side by side in one tensor.</summary>
internal static class GatedUnit
{
    /// <param name="gateUp">[T, 2 I]</param>
    /// <returns>[T, I]</returns>
    public static Tensor Forward(Tensor gateUp)
    {
        (Tensor gate, Tensor up) = Halves(gateUp);
        return nn.functional.silu(gate).mul_(up);
    }

    /// <summary>The gradient of gate and up [T, 2 I].</summary>
    public static Tensor Backward(Tensor gradient, Tensor gateUp)
    {
        (Tensor gate, Tensor up) = Halves(gateUp);
        Tensor result = empty_like(gateUp);
        (Tensor dGate, Tensor dUp) = Halves(result);
        dGate.copy_(Aten.SiluBackward(gradient.mul(up), gate));
        dUp.copy_(nn.functional.silu(gate).mul_(gradient));
        return result;
    }

    private static (Tensor Gate, Tensor Up) Halves(Tensor gateUp)
    {
        long inner = gateUp.shape[1] / 2;
        return (gateUp.narrow(1, 0, inner), gateUp.narrow(1, inner, inner));
    }
}
