using Simper.Checkpoints;
using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Weights;

/// <summary>
/// A frozen matrix of quantised blocks: as they lie in a GGUF file, mapped, or in memory of their own, in bitsandbytes' formats.
/// Products unpack a tile of it at a time. Its values are those of the blocks, rounded to the compute dtype.
/// </summary>
public sealed class PackedWeight : Weight
{
    private readonly PackedMatrix _packed;
    private readonly KernelSet _kernels;

    internal PackedWeight(string name, PackedMatrix packed, KernelSet kernels)
        : base(name, isMatrix: true, packed.Rows, packed.Columns)
    {
        (_packed, _kernels) = (packed, kernels);
        foreach (PackedRows part in packed.Parts)
            part.Touch();
    }

    public override long Bytes => _packed.Bytes;

    /// <summary>The types of its blocks, from the first row on.</summary>
    public IReadOnlyList<string> Types => [.. _packed.Parts.ToArray().Select(p => p.Type.Name)];

    internal override WeightMatrix Matrix => _packed;

    internal override IEnumerable<Tensor> Memory => _packed.Parts.ToArray().Select(p => p.Bytes);

    public override Tensor Values(long firstRow, long rows) => _kernels.Unpack(_packed, firstRow, rows);

    public override void Dispose() => _packed.Dispose();
}
