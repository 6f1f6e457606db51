using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>What a folder says in JSON about a matrix in four bits: its shape is nowhere else.</summary>
/// <param name="Table">NF4 or FP4.</param>
/// <param name="BlockSize">Values of a block.</param>
/// <param name="DType">The dtype that the matrix had.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Nested">How the magnitudes are quantised; null where they are not.</param>
internal sealed record FourBitState(
    FourBitTable Table,
    int BlockSize,
    ScalarType DType,
    long[] Shape,
    (int BlockSize, float Offset)? Nested
)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private static readonly int[] BlockSizes = [32, 64, 128, 256, 512, 1024, 2048, 4096];

    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Number of blocks.</summary>
    public long Blocks => (Count + BlockSize - 1) / BlockSize;

    /// <param name="text">The JSON.</param>
    /// <param name="table">The table that the tensor's name says.</param>
    /// <param name="fault">Makes an error of what the matrix does wrong.</param>
    public static FourBitState Parse(byte[] text, FourBitTable table, Func<string, SimperException> fault)
    {
        try
        {
            return Parse(
                JsonNode.Parse(text, nodeOptions: null, Strict) as JsonObject
                    ?? throw fault("has a quant_state that is no JSON object"),
                table,
                fault
            );
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: text that is no Unicode
        {
            throw fault("has a quant_state that is no JSON");
        }
    }

    private static FourBitState Parse(JsonObject state, FourBitTable table, Func<string, SimperException> fault)
    {
        string type = Text("quant_type");
        if (!string.Equals(type, table.Name, StringComparison.OrdinalIgnoreCase))
            throw fault($"is of type {FileFault.Quote(type)} by its quant_state, {table.Name} by that tensor's name");
        int blockSize = (int)Number("blocksize");
        if (Array.IndexOf(BlockSizes, blockSize) < 0)
            throw fault($"has blocks of {blockSize} values by its quant_state, which is not read");
        return new FourBitState(table, blockSize, DTypeOf(Text("dtype")), Sizes(), Nested());

        (int, float)? Nested()
        {
            if (!state.ContainsKey("nested_blocksize") && !state.ContainsKey("nested_offset"))
                return null;
            if (Text("nested_dtype") != "float32")
                throw fault(
                    $"has magnitudes of type {FileFault.Quote(Text("nested_dtype"))} by its quant_state, which is not read"
                );
            int nestedSize = (int)Number("nested_blocksize");
            return nestedSize > 0 ? (nestedSize, (float)Number("nested_offset")) : throw fault("has empty nested blocks");
        }

        long[] Sizes()
        {
            if (state["shape"] is not JsonArray { Count: > 0 and <= SafetensorsHeader.MostDimensions } list)
                throw fault("has no shape in its quant_state");
            var sizes = new long[list.Count];
            long count = 1;
            for (int i = 0; i < sizes.Length; i++)
            {
                if (
                    list[i] is not JsonValue value
                    || !value.TryGetValue(out sizes[i])
                    || sizes[i] < 1
                    || sizes[i] > long.MaxValue / 2 / count
                )
                    throw fault("has an impossible shape in its quant_state");
                count *= sizes[i];
            }
            return sizes;
        }

        ScalarType DTypeOf(string name) =>
            name switch
            {
                "float32" => ScalarType.Float32,
                "bfloat16" => ScalarType.BFloat16,
                "float16" => ScalarType.Float16,
                _ => throw fault($"had the dtype {FileFault.Quote(name)} by its quant_state, which is not read"),
            };

        string Text(string key) =>
            state[key] is JsonValue value && value.TryGetValue(out string? found)
                ? found
                : throw fault($"has no text {key} in its quant_state");

        double Number(string key) =>
            state[key] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double found)
                ? found
                : throw fault($"has no number {key} in its quant_state");
    }
}
