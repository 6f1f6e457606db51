using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A matrix in four bits as bitsandbytes saves it: <c>NAME</c> [bytes, 1] with two codes a byte, <c>NAME.absmax</c>, F32 or,
/// where it is quantised itself, U8, <c>NAME.quant_map</c>, the table, and <c>NAME.quant_state.bitsandbytes__nf4</c> (or fp4),
/// a text (<see cref="FourBitState"/>); where absmax is quantised also <c>NAME.nested_absmax</c> and
/// <c>NAME.nested_quant_map</c>.
/// </summary>
internal sealed class FourBitMatrix : IQuantisedMatrix
{
    /// <summary>What has to be there, for messages.</summary>
    public const string Needs = "NAME.quant_state.bitsandbytes__nf4 or __fp4 beside NAME";

    private const string StateOf = ".quant_state.bitsandbytes__";
    private const long MostText = 1 << 16;
    private const float TableTolerance = 1e-6f;
    private readonly HuggingFaceFolder _folder;
    private readonly string _path;
    private readonly string _name;
    private readonly FourBitState _state;

    private FourBitMatrix(HuggingFaceFolder folder, string path, string name, string stateName)
    {
        (_folder, _path, _name) = (folder, path, name);
        if (folder.Tensors[stateName] is not { DType: ScalarType.Byte, Count: <= MostText })
            throw Fault($"has no text in {FileFault.Quote(stateName)}");
        using Tensor text = folder.Read(stateName);
        FourBitTable table = stateName.EndsWith("nf4", StringComparison.Ordinal) ? FourBitTable.Nf4 : FourBitTable.Fp4;
        _state = FourBitState.Parse(Bytes(text), table, sentence => Fault(sentence));
        Entry = new TensorEntry(table.Name, _state.DType, _state.Shape);
        Parts = [stateName, .. Expected().Select(e => e.Name)];
    }

    public TensorEntry Entry { get; }

    public IEnumerable<string> Parts { get; }

    /// <summary>The matrix of a name; null where the name is none's.</summary>
    /// <exception cref="SimperException">What belongs to it is missing or does not fit.</exception>
    public static FourBitMatrix? Find(HuggingFaceFolder folder, string path, string name)
    {
        string? state = ((string[])[name + StateOf + "nf4", name + StateOf + "fp4"]).FirstOrDefault(folder.Tensors.ContainsKey);
        if (state is null)
            return null;
        var matrix = new FourBitMatrix(folder, path, name, state);
        matrix.Check();
        return matrix;
    }

    public Tensor Read()
    {
        using Tensor wide = Codes().ToTensor(Entry.Shape);
        return wide.to(Entry.DType, copy: true);
    }

    public PackedRows? Map()
    {
        if (Entry.Shape is not [var rows, var columns] || columns % BitsAndBytesTypes.Values != 0)
            return null;
        FourBitCodes codes = Codes();
        return codes.FitsRows(columns) ? codes.ToRows(rows, columns, Entry.DType) : null;
    }

    private FourBitCodes Codes()
    {
        using Tensor packed = _folder.Read(_name);
        return new FourBitCodes(_state.Table, _state.BlockSize, Bytes(packed), Magnitudes());
    }

    private float[] Magnitudes()
    {
        if (_state.Nested is not { } nested)
            return Floats(".absmax");
        using Tensor codes = _folder.Read(_name + ".absmax");
        var scales = new NestedScales(Bytes(codes), Floats(".nested_absmax"), nested.Offset)
        {
            BlockSize = nested.BlockSize,
            Table = Floats(".nested_quant_map"),
        };
        var magnitudes = new float[_state.Blocks];
        scales.Restore(magnitudes);
        return magnitudes;
    }

    // Tensors beside the codes, with type and number of values.
    private IEnumerable<(string Name, ScalarType Type, long Count)> Expected()
    {
        yield return (_name + ".quant_map", ScalarType.Float32, FourBitTable.Nf4.Values.Length);
        yield return (_name + ".absmax", _state.Nested is null ? ScalarType.Float32 : ScalarType.Byte, _state.Blocks);
        if (_state.Nested is not { } nested)
            yield break;
        yield return (_name + ".nested_absmax", ScalarType.Float32, (_state.Blocks + nested.BlockSize - 1) / nested.BlockSize);
        yield return (_name + ".nested_quant_map", ScalarType.Float32, DynamicBytes.Table.Length);
    }

    private void Check()
    {
        TensorEntry codes = _folder.Tensors[_name];
        long bytes = codes.Count * SafetensorsType.Of(codes.DType)!.Bits / 8;
        long expected = (_state.Count + 1) / 2;
        if (bytes != expected || bytes > Array.MaxLength)
            throw Fault($"has {bytes} bytes of codes, where {FileFault.Shape(_state.Shape)} has {expected}");
        foreach ((string name, ScalarType type, long count) in Expected())
        {
            if (!_folder.Tensors.TryGetValue(name, out TensorEntry? entry))
                throw Fault($"lacks {FileFault.Quote(name)}");
            if (entry.DType != type || entry.Count != count)
                throw Fault(
                    $"has {FileFault.Quote(name)} of type {entry.FileType} with {entry.Count} values, where "
                        + $"{SafetensorsType.Of(type)!.Name} with {count} belongs"
                );
        }
        float[] table = Floats(".quant_map");
        for (int code = 0; code < table.Length; code++)
        {
            if (!(Math.Abs(table[code] - _state.Table.Values[code]) <= TableTolerance))
                throw Fault($"has a table of its own in quant_map, not that of {_state.Table.Name}, which is not read");
        }
    }

    private float[] Floats(string part)
    {
        using Tensor read = _folder.Read(_name + part);
        return read.data<float>().ToArray();
    }

    private static byte[] Bytes(Tensor tensor) => tensor.bytes.ToArray();

    private SimperException Fault(string sentence) =>
        new(
            $"{_path}: {FileFault.Quote(_name)} {sentence}; the download may be incomplete, or the model was saved by "
                + "another program."
        );
}
