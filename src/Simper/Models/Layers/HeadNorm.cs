using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, E head width, n heads.

/// <summary>
/// A norm of each head separately, of queries or keys before their rotation (Qwen3); or, as one wide head, of all at once (OLMo
/// 2).
/// </summary>
/// <param name="norm">Over E values.</param>
/// <param name="first">The first head's column in queries, keys and values side by side.</param>
/// <param name="heads">n.</param>
/// <param name="headWidth">E.</param>
/// <param name="kernels">The operations.</param>
internal sealed class HeadNorm(INorm norm, int first, int heads, int headWidth, KernelSet kernels)
{
    public IEnumerable<Weight> Weights => norm.Weights;

    /// <summary>Memory for each token.</summary>
    public TokenBytes Bytes
    {
        get
        {
            int narrow = kernels.Precision.ComputeBytes;
            int wide = kernels.Precision.WideBytes;
            return new((long)heads * (narrow * headWidth + wide), (long)heads * headWidth * (3 * wide + 2 * narrow));
        }
    }

    /// <summary>Normalizes the heads in place.</summary>
    public void Forward(Tensor queryKeyValue, Activations? kept)
    {
        Tensor heads = Mine(queryKeyValue);
        Tensor before = heads.clone(); // [T, n E], compute
        (Tensor output, Tensor inverseRms) = norm.Forward(Rows(before));
        heads.copy_(output.view(heads.shape));
        kept?.Keep(before);
        kept?.Keep(inverseRms);
    }

    /// <summary>The gradient after the norm becomes that before it, in place; accumulates the weight gradient.</summary>
    public void Backward(Tensor gradient, Activations kept)
    {
        Tensor inverseRms = kept.Take();
        Tensor x = Rows(kept.Take());
        Tensor flowing = Mine(gradient);
        Tensor dy = flowing.reshape(-1, headWidth).contiguous();
        flowing.copy_(norm.Backward(dy, x, inverseRms, residual: null).view(flowing.shape));
    }

    private Tensor Mine(Tensor queryKeyValue) => queryKeyValue.narrow(1, first, (long)heads * headWidth);

    // [T n, E], wide
    private Tensor Rows(Tensor heads) => heads.reshape(-1, headWidth).to(kernels.Precision.Wide).contiguous();
}
