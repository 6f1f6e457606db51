using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>Activations from their formulas, for autograd.</summary>
internal static class Activations
{
    public static Tensor Of(Activation activation, Tensor x) =>
        activation == Activation.Silu ? x.sigmoid() * x
        : activation == Activation.Gelu ? x.Times(0.5) * x.Times(Math.Sqrt(0.5)).erf().Plus(1L)
        : x.Times(0.5) * x.Plus((x * x * x).Times(0.044715)).Times(Math.Sqrt(2 / Math.PI)).tanh().Plus(1L);
}
