using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: I inner width.

/// <summary>down(act(up(h))): the plain MLP of GPT-2, GPT-NeoX and StarCoder2.</summary>
internal sealed class Mlp(Linear up, Linear down, Activation activation, KernelSet kernels) : IBranch
{
    public IEnumerable<Weight> Weights => [.. up.Weights, .. down.Weights];

    public TokenBytes Bytes
    {
        get
        {
            long narrow = kernels.Precision.ComputeBytes;
            long wide = kernels.Precision.WideBytes;
            return new(narrow * up.Outputs, wide * 2L * up.Inputs + narrow * (3L * up.Inputs + 3L * up.Outputs));
        }
    }

    public Tensor Forward(Tensor h, Tensor? residual, LayerPass pass, Activations? kept)
    {
        Tensor before = up.Forward(h); // [T, I]
        kept?.Keep(before);
        return down.AddTo(residual, kernels.Activate(before, activation));
    }

    public Tensor Backward(Tensor dy, Func<Tensor> input, LayerPass pass, Activations kept)
    {
        Tensor before = kept.Take();
        Tensor dActivated = down.Backward(dy, () => kernels.Activate(before, activation));
        return up.Backward(kernels.ActivateBackward(dActivated, before, activation), input);
    }
}
