using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>A matrix of a folder in one of bitsandbytes' formats, checked but not read.</summary>
internal interface IQuantisedMatrix
{
    /// <summary>The format, and the dtype and shape of the values.</summary>
    TensorEntry Entry { get; }

    /// <summary>Tensors of the folder that belong to it, other than its codes.</summary>
    IEnumerable<string> Parts { get; }

    /// <summary>Its values, in a new tensor that the caller owns.</summary>
    Tensor Read();

    /// <summary>Its blocks, in memory, which the caller owns; null where rows are no whole blocks.</summary>
    PackedRows? Map();
}
