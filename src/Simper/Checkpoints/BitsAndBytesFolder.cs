using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A folder that was saved with bitsandbytes' linear layers: in four bits (<c>load_in_4bit</c>: NF4 or FP4, their magnitudes as
/// they are or quantised again), or in eight (<c>load_in_8bit</c>: LLM.int8).
/// </summary>
internal sealed class BitsAndBytesFolder : QuantisedFolder
{
    private readonly Dictionary<string, IQuantisedMatrix> _matrices = new(StringComparer.Ordinal);

    /// <param name="folder">The folder as it is, which the object now owns.</param>
    /// <param name="path">Where it is, for messages.</param>
    /// <param name="quantisation">What config.json says of it.</param>
    /// <exception cref="SimperException">Tensors and config do not fit each other.</exception>
    public BitsAndBytesFolder(HuggingFaceFolder folder, string path, JsonObject quantisation)
        : base(folder)
    {
        bool isFourBit = IsFourBit(path, quantisation);
        string[] skipped = Skipped(path, quantisation);
        var parts = new HashSet<string>(StringComparer.Ordinal); // tensors that belong to a quantised one
        foreach (string name in folder.Tensors.Keys)
        {
            IQuantisedMatrix? matrix = isFourBit ? FourBitMatrix.Find(folder, path, name) : Int8Matrix.Find(folder, path, name);
            if (matrix is null)
                continue;
            if (Array.Find(skipped, s => IsIn(name, s)) is { } module)
                throw new SimperException(
                    $"{path}: {FileFault.Quote(name)} is quantised, but llm_int8_skip_modules in config.json names "
                        + $"{FileFault.Quote(module)}; the files may be of different models, fetch them again."
                );
            _matrices.Add(name, matrix);
            Show(name, matrix.Entry);
            parts.UnionWith(matrix.Parts);
        }
        foreach ((string name, TensorEntry entry) in folder.Tensors)
        {
            if (_matrices.ContainsKey(name) || parts.Contains(name))
                continue;
            if (entry.DType is ScalarType.Byte or ScalarType.Int8)
                throw new SimperException(
                    $"{path}: {FileFault.Quote(name)} is of type {entry.FileType}, and there is nothing beside it that says how "
                        + $"it is quantised ({(isFourBit ? FourBitMatrix.Needs : Int8Matrix.Needs)}); fetch the files again, or "
                        + "take the model as it was before."
                );
            Show(name, entry);
        }
        if (_matrices.Count == 0)
            throw new SimperException(
                $"{path}: config.json calls the model quantised by bitsandbytes, but no tensor is; take "
                    + $"{ConfigKey} out of config.json, or fetch the files again."
            );
    }

    protected override bool IsQuantised(string name) => _matrices.ContainsKey(name);

    protected override Tensor Dequantised(string name) => _matrices[name].Read();

    public override PackedRows? Map(string name) => _matrices.GetValueOrDefault(name)?.Map();

    private static bool IsFourBit(string path, JsonObject quantisation)
    {
        bool four = IsTrue("load_in_4bit");
        bool eight = IsTrue("load_in_8bit");
        if (four == eight)
            throw new SimperException(
                $"{path}: {ConfigKey} in config.json has {(four ? "both" : "neither")} load_in_4bit "
                    + $"{(four ? "and" : "nor")} load_in_8bit; one of them has to be true."
            );
        if (IsTrue("llm_int8_has_fp16_weight"))
            throw new SimperException(
                $"{path}: {ConfigKey} in config.json has llm_int8_has_fp16_weight, whose weights are not read; "
                    + "take the model as it was before."
            );
        return four;

        bool IsTrue(string key) => quantisation[key]?.GetValueKind() == JsonValueKind.True;
    }

    private static string[] Skipped(string path, JsonObject quantisation)
    {
        const string Key = "llm_int8_skip_modules";
        return quantisation[Key] switch
        {
            null => [],
            JsonArray list when list.All(m => m?.GetValueKind() == JsonValueKind.String) =>
            [
                .. list.Select(m => m!.GetValue<string>()),
            ],
            _ => throw new SimperException($"{path}: {Key} in config.json has to be a list of names."),
        };
    }

    // The module itself, one in it, or one of that last name.
    private static bool IsIn(string tensor, string module) =>
        tensor.StartsWith(module + ".", StringComparison.Ordinal) || tensor.Contains($".{module}.", StringComparison.Ordinal);
}
