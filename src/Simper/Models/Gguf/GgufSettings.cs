using System.Text.Json.Nodes;
using Simper.Checkpoints;
using TorchSharp;

namespace Simper.Models.Gguf;

/// <summary>The keys of a model in a GGUF file, under its architecture's prefix, and which tensors there are.</summary>
/// <param name="keys">All keys.</param>
/// <param name="tensors">Dtype and shape of the tensors by name.</param>
/// <param name="values">Reads the values of a small tensor.</param>
internal sealed class GgufSettings(
    GgufMetadata keys,
    IReadOnlyDictionary<string, TensorEntry> tensors,
    Func<string, double[]> values
)
{
    private readonly string _prefix = (keys.Text("general.architecture") ?? "llama") + ".";

    public GgufMetadata Keys => keys;

    public IReadOnlyDictionary<string, TensorEntry> Tensors => tensors;

    public bool Has(string key) => keys.Has(_prefix + key);

    public bool Holds(string tensor) => tensors.ContainsKey(tensor);

    /// <summary>Whether a part of the first block is there.</summary>
    public bool HoldsInBlock(string part) => Holds("blk.0." + part);

    /// <summary>A positive whole number; a list of equal ones, one a layer, counts as one.</summary>
    public long Count(string key, long? otherwise = null)
    {
        string name = _prefix + key;
        if (!keys.Has(name) && otherwise is { } given)
            return given;
        long count = keys.Values.GetValueOrDefault(name) switch
        {
            int[] { Length: > 0 } list when list.All(n => n == list[0]) => list[0],
            uint[] { Length: > 0 } list when list.All(n => n == list[0]) => list[0],
            _ => keys.RequiredInteger(name),
        };
        return count is > 0 and < int.MaxValue ? count : throw keys.WrongKind(name, "a positive whole number");
    }

    public double Number(string key, double otherwise) => keys.Fraction(_prefix + key) ?? otherwise;

    public double RequiredNumber(string key) => keys.RequiredFraction(_prefix + key);

    public bool Flag(string key, bool otherwise) => keys.Flag(_prefix + key) ?? otherwise;

    public string? Text(string key) => keys.Text(_prefix + key);

    public long Layers => Count("block_count");

    public long Heads => Count("attention.head_count");

    public long HeadWidth => Count("attention.key_length", Count("embedding_length") / Heads);

    public bool HasExperts => keys.Integer(_prefix + "expert_count") is > 0;

    public JsonObject? RopeScaling => GgufRopeScaling.Of(keys, tensors.ContainsKey, values);

    /// <summary>The embedding.</summary>
    public TensorEntry Embedding =>
        tensors.GetValueOrDefault("token_embd.weight")
        ?? throw FileFault.At(keys.Path, "it has no tensor 'token_embd.weight', so it holds no whole model", "TensorMissing");

    public string Dtype =>
        Embedding.DType switch
        {
            torch.ScalarType.Float16 => "float16",
            torch.ScalarType.BFloat16 => "bfloat16",
            _ => "float32",
        };

    /// <summary>The window's width; 0 for none.</summary>
    public long Window => Has("attention.sliding_window") ? keys.RequiredInteger(_prefix + "attention.sliding_window") : 0;

    /// <summary>
    /// layer_types: from a list of truths or a period; every <paramref name="period"/>th layer sees all where the file says
    /// nothing.
    /// </summary>
    public JsonArray LayerTypes(long period)
    {
        const string key = "attention.sliding_window_pattern";
        long layers = Layers;
        bool[]? slides = keys.Values.GetValueOrDefault(_prefix + key) switch
        {
            bool[] list => list,
            int[] list => [.. list.Select(n => n != 0)],
            uint[] list => [.. list.Select(n => n != 0)],
            _ => null,
        };
        if (slides is not null && slides.Length != layers)
            throw keys.WrongKind(_prefix + key, $"a number, or a list for each of {layers} layers");
        if (slides is null && Has(key))
            period = keys.RequiredInteger(_prefix + key);
        return
        [
            .. Enumerable
                .Range(0, (int)layers)
                .Select(layer =>
                    (JsonNode)(
                        (slides?[layer] ?? (period == 0 || layer % period < period - 1)) ? "sliding_attention" : "full_attention"
                    )
                ),
        ];
    }
}
