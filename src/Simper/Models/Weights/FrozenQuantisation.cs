namespace Simper.Models.Weights;

/// <summary>
/// How linear layers that do not train are quantised while a model is loaded from a checkpoint that is not (<c>load_in_4bit</c>,
/// <c>load_in_8bit</c>), as bitsandbytes does it: all of a block's matrices, not the embedding, the head, routers and norms.
/// Products unpack them a tile at a time, as those of a quantised file.
/// </summary>
/// <param name="Format">The format; by default none.</param>
/// <param name="IsNested">Whether the magnitudes of four-bit blocks are quantised again (<c>use_bnb_nested_quant</c>): the values
/// are those of QLoRA's double quantisation. The memory is the same, since they are kept restored.</param>
public readonly record struct FrozenQuantisation(FrozenFormat Format, bool IsNested = false)
{
    /// <summary>As the checkpoint has them.</summary>
    public static FrozenQuantisation None => default;

    /// <summary>Whether anything is quantised.</summary>
    public bool IsSet => Format != FrozenFormat.AsStored;

    /// <summary>The format's name in messages and in <see cref="PackedWeight.Types"/>.</summary>
    internal string Name =>
        Format switch
        {
            FrozenFormat.Nf4 => "NF4",
            FrozenFormat.Fp4 => "FP4",
            FrozenFormat.Int8 => "INT8",
            _ => "",
        };
}

/// <summary>Formats of <see cref="FrozenQuantisation"/>.</summary>
public enum FrozenFormat
{
    /// <summary>As in the checkpoint.</summary>
    AsStored,

    /// <summary>Four bits, quantiles of a normal distribution (<c>bnb_4bit_quant_type: nf4</c>).</summary>
    Nf4,

    /// <summary>Four bits, floats (<c>bnb_4bit_quant_type: fp4</c>).</summary>
    Fp4,

    /// <summary>Eight bits with a scale for each row (<c>load_in_8bit</c>).</summary>
    Int8,
}
