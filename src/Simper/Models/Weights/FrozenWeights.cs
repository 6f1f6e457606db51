namespace Simper.Models.Weights;

/// <summary>How quantised matrices that do not train are kept (<c>frozen_weights</c>).</summary>
public enum FrozenWeights
{
    /// <summary>In the compute dtype.</summary>
    Unpacked,

    /// <summary>As blocks: those of a .gguf file mapped, in as little memory as the file takes.</summary>
    Packed,
}
