using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: I inner width.

/// <summary>down(act(gate(h)) · up(h)) (Shazeer 2020); gate and up are a single product.</summary>
internal sealed class GatedMlp(Linear gateUp, Linear down, Activation activation, KernelSet kernels) : IBranch
{
    public IEnumerable<Weight> Weights => [.. gateUp.Weights, .. down.Weights];

    public TokenBytes Bytes
    {
        get
        {
            long narrow = kernels.Precision.ComputeBytes;
            long wide = kernels.Precision.WideBytes;
            return new(narrow * gateUp.Outputs, wide * 2L * gateUp.Inputs + narrow * (3L * gateUp.Inputs + 2L * gateUp.Outputs));
        }
    }

    public Tensor Forward(Tensor h, Tensor? residual, LayerPass pass, Activations? kept)
    {
        (Tensor gateAndUp, Tensor gated) = gateUp.ForwardGated(h, activation); // [T, 2 I], [T, I]
        kept?.Keep(gateAndUp);
        return down.AddTo(residual, gated);
    }

    public Tensor Backward(Tensor dy, Func<Tensor> input, LayerPass pass, Activations kept)
    {
        Tensor dGateUp = down.BackwardGated(dy, kept.Take(), activation);
        return gateUp.Backward(dGateUp, input);
    }
}
