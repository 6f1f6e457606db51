using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A matrix of LLM.int8: <c>MODULE.weight</c> [rows, columns], I8, and <c>MODULE.SCB</c> [rows], F32, the largest magnitude of
/// each row. Activations are not quantised here, and no dtype is recorded: the values are float32.
/// </summary>
internal sealed unsafe class Int8Matrix : IQuantisedMatrix
{
    /// <summary>What has to be there, for messages.</summary>
    public const string Needs = "MODULE.SCB beside MODULE.weight";

    private const string Weight = ".weight";
    private readonly HuggingFaceFolder _folder;
    private readonly string _name;
    private readonly string _scales;
    private readonly string _format;

    private Int8Matrix(HuggingFaceFolder folder, string name)
    {
        (_folder, _name) = (folder, name);
        (_scales, _format) = (name[..^Weight.Length] + ".SCB", name[..^Weight.Length] + ".weight_format");
        Entry = new TensorEntry("INT8", ScalarType.Float32, folder.Tensors[name].Shape);
    }

    public TensorEntry Entry { get; }

    public IEnumerable<string> Parts => [_scales, _format];

    /// <summary>The matrix of a name; null where the name is none's.</summary>
    /// <exception cref="SimperException">What belongs to it is missing or does not fit.</exception>
    public static Int8Matrix? Find(HuggingFaceFolder folder, string path, string name)
    {
        if (!name.EndsWith(Weight, StringComparison.Ordinal) || folder.Tensors[name] is not { DType: ScalarType.Int8 } codes)
            return null;
        var matrix = new Int8Matrix(folder, name);
        if (!folder.Tensors.TryGetValue(matrix._scales, out TensorEntry? scales))
            return null; // refused with all tensors that nothing explains
        if (codes.Shape is not [var rows, _] || scales.DType != ScalarType.Float32 || scales.Count != rows)
            throw new SimperException(
                $"{path}: {FileFault.Quote(name)} {FileFault.Shape(codes.Shape)} and {FileFault.Quote(matrix._scales)} "
                    + $"({scales.FileType} {FileFault.Shape(scales.Shape)}) are no matrix of LLM.int8, which has an F32 number "
                    + "for each row; "
                    + "the download may be incomplete."
            );
        if (folder.Tensors.ContainsKey(matrix._format))
        {
            using Tensor format = folder.Read(matrix._format);
            if (format.numel() != 1 || *TensorMemory.Pointer(format) != 0)
                throw new SimperException(
                    $"{path}: {FileFault.Quote(name)} is stored in an order that only some GPUs read (weight_format); save it "
                        + "again "
                        + "with bitsandbytes 0.45 or newer."
                );
        }
        return matrix;
    }

    public Tensor Read()
    {
        using Tensor codes = _folder.Read(_name);
        using Tensor scales = _folder.Read(_scales);
        return Int8Rows.ToTensor(codes, scales);
    }

    public PackedRows? Map()
    {
        if (!Int8Rows.FitsRows(Entry.Shape[1]))
            return null;
        using Tensor codes = _folder.Read(_name);
        using Tensor scales = _folder.Read(_scales);
        return Int8Rows.ToRows(codes, scales);
    }
}
