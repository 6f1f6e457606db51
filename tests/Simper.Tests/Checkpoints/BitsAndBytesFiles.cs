using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>
/// A model's folder as bitsandbytes saves it, and the same with the dequantised values: each linear layer of a block is quantised
/// whole, by the plain arithmetic that reference files are compared with.
/// </summary>
internal sealed class BitsAndBytesFiles
{
    private readonly List<(string, Func<Tensor>)> _quantised = [];
    private readonly List<(string, Func<Tensor>)> _dequantised = [];
    private readonly ScalarType _type;
    private readonly CheckpointFiles _files;

    /// <param name="source">The model.</param>
    /// <param name="type">The dtype in which it is quantised.</param>
    /// <param name="format">nf4, fp4 or int8.</param>
    /// <param name="nested">Whether magnitudes are quantised again.</param>
    public BitsAndBytesFiles(string source, ScalarType type, string format, bool nested)
    {
        _type = type;
        using Checkpoint checkpoint = Checkpoint.Open(source);
        _files = CheckpointFiles.From(checkpoint) with { Shards = null };
        foreach (string name in checkpoint.Tensors.Keys)
        {
            using Tensor read = checkpoint.Read(name);
            using Tensor typed = read.to(type);
            using Tensor wide = typed.to(ScalarType.Float32);
            float[] values = wide.data<float>().ToArray();
            long[] shape = checkpoint.Tensors[name].Shape;
            bool isTurned = (string?)checkpoint.Config["model_type"] == "gpt2"; // Conv1D
            if (!IsLinear(name, shape))
                Add(name, values, shape, _quantised, _dequantised);
            else if (format == "int8")
                Int8(name, values, shape, isTurned);
            else
                FourBit(name, values, shape, isTurned, format, nested);
        }
        Quantisation = new JsonObject
        {
            ["quant_method"] = "bitsandbytes",
            ["load_in_4bit"] = format != "int8",
            ["load_in_8bit"] = format == "int8",
            ["llm_int8_skip_modules"] = null,
        };
    }

    /// <summary>What config.json says, to be changed before it is written.</summary>
    public JsonObject Quantisation { get; }

    /// <summary>Tensors of the quantised folder by name, to be changed before it is written.</summary>
    public List<(string Name, Func<Tensor> Tensor)> Tensors => _quantised;

    public void Write(string folder)
    {
        JsonObject config = _files.Config.DeepClone().AsObject();
        config["quantization_config"] = Quantisation.DeepClone();
        CheckpointWriter.Save(folder, _files with { Config = config }, _quantised);
    }

    public void WriteDequantised(string folder) => CheckpointWriter.Save(folder, _files, _dequantised);

    /// <summary>As transformers replaces layers: not the embedding, the head, routers, and experts in one tensor.</summary>
    private static bool IsLinear(string name, long[] shape) =>
        shape.Length == 2
        && (name.Contains("layers.", StringComparison.Ordinal) || name.StartsWith("transformer.h.", StringComparison.Ordinal))
        && !name.EndsWith(".gate.weight", StringComparison.Ordinal)
        && !name.Contains("router", StringComparison.Ordinal)
        && !name.Contains("norm", StringComparison.Ordinal) // of each head, stacked
        && name.EndsWith(".weight", StringComparison.Ordinal);

    private void FourBit(string name, float[] values, long[] shape, bool isTurned, string format, bool nested)
    {
        FourBitTable table = format == "nf4" ? FourBitTable.Nf4 : FourBitTable.Fp4;
        FourBitCodes codes = FourBitCodes.Of(Turned(values, shape, isTurned), table);
        NestedScales? scales = nested ? NestedScales.Of(codes.Absmax) : null;
        float[] absmax = [.. codes.Absmax];
        scales?.Restore(codes.Absmax);
        var own = new float[values.Length];
        codes.Read(0, own);
        Add(name, Turned([.. own.Select(v => Rounding.To(_type, v))], Back(shape, isTurned), isTurned), shape, _dequantised);

        _quantised.Add((name, () => tensor(codes.Packed, [codes.Packed.Length, 1])));
        _quantised.Add((name + ".quant_map", () => tensor(table.Values.ToArray())));
        _quantised.Add((name + ".absmax", () => scales is null ? tensor(absmax) : tensor(scales.Codes)));
        string more = "";
        if (scales is not null)
        {
            _quantised.Add((name + ".nested_absmax", () => tensor(scales.Absmax)));
            _quantised.Add((name + ".nested_quant_map", () => tensor(scales.Table)));
            string offset = ((double)scales.Offset).ToString("R", CultureInfo.InvariantCulture);
            more = $", \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": {offset}";
        }
        string dtype =
            _type == ScalarType.BFloat16 ? "bfloat16"
            : _type == ScalarType.Float16 ? "float16"
            : "float32";
        string state =
            $"{{\"quant_type\": \"{format}\", \"blocksize\": 64, \"dtype\": \"{dtype}\", "
            + $"\"shape\": [{shape[0]}, {shape[1]}]{more}}}";
        _quantised.Add(($"{name}.quant_state.bitsandbytes__{format}", () => tensor(Encoding.UTF8.GetBytes(state))));
    }

    private void Int8(string name, float[] values, long[] shape, bool isTurned)
    {
        float[] rows = [.. Turned(values, shape, isTurned).Select(v => (float)(Half)v)];
        int columns = (int)Back(shape, isTurned)[1];
        var codes = new sbyte[rows.Length];
        var absmax = new float[rows.Length / columns];
        for (int row = 0; row < absmax.Length; row++)
            absmax[row] = Int8Rows.Quantise(rows.AsSpan(row * columns, columns), codes.AsSpan(row * columns, columns));
        float[] own = [.. codes.Select((c, i) => Int8Rows.Value(c, absmax[i / columns]))];
        _dequantised.Add((name, () => tensor(Turned(own, Back(shape, isTurned), isTurned), shape)));
        string module = name[..^".weight".Length];
        _quantised.Add((name, () => tensor(codes, shape)));
        _quantised.Add((module + ".SCB", () => tensor(absmax)));
        _quantised.Add((module + ".weight_format", () => tensor((byte)0)));
    }

    private void Add(string name, float[] values, long[] shape, params List<(string, Func<Tensor>)>[] lists)
    {
        foreach (List<(string, Func<Tensor>)> list in lists)
            list.Add((name, () => tensor(values, shape).to(_type)));
    }

    private static long[] Back(long[] shape, bool isTurned) => isTurned ? [shape[1], shape[0]] : shape;

    private static float[] Turned(float[] values, long[] shape, bool isTurned)
    {
        if (!isTurned)
            return values;
        using Tensor matrix = tensor(values, shape);
        using Tensor turned = matrix.transpose(0, 1);
        using Tensor dense = turned.contiguous();
        return dense.data<float>().ToArray();
    }
}
