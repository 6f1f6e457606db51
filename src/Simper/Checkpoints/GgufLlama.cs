using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// The GGUF architecture <c>llama</c> in Hugging Face's terms: names, settings, and the row order of the query and key weights,
/// which GGUF stores for rotation of neighbouring values and Hugging Face for rotation of halves.
/// </summary>
internal sealed class GgufLlama
{
    public const string RopeFactors = "rope_freqs.weight";

    private static readonly Dictionary<string, string> OutsideBlocks = new(StringComparer.Ordinal)
    {
        ["token_embd.weight"] = "model.embed_tokens.weight",
        ["output_norm.weight"] = "model.norm.weight",
        ["output.weight"] = "lm_head.weight",
    };

    private static readonly Dictionary<string, string> InBlock = new(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    private readonly GgufFile _file;
    private readonly GgufMetadata _keys;
    private readonly long _heads;
    private readonly long _keyValueHeads;

    public GgufLlama(GgufFile file)
    {
        _file = file;
        _keys = file.Metadata;
        _heads = Count("llama.attention.head_count");
        _keyValueHeads = _keys.Has("llama.attention.head_count_kv") ? Count("llama.attention.head_count_kv") : _heads;
        if (_keys.Integer("llama.expert_count") is > 0)
            throw FileFault.At(
                file.Path,
                "it is a mixture of experts, which Simper reads from a Hugging Face folder only",
                "UnsupportedArchitecture"
            );
    }

    /// <summary>Hugging Face's name of a tensor.</summary>
    public string NameOf(string name)
    {
        if (OutsideBlocks.TryGetValue(name, out string? outside))
            return outside;
        if (
            name.Split('.') is ["blk", var number, var part, "weight" or "bias"]
            && InBlock.TryGetValue(part, out string? inside)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long block)
            && block < Count("llama.block_count")
            && block.ToString(CultureInfo.InvariantCulture) == number
        )
            return $"model.layers.{number}.{inside}.{name[(name.LastIndexOf('.') + 1)..]}";
        throw FileFault.At(
            _file.Path,
            $"it holds the tensor {FileFault.Quote(name)}, which is no part of a Llama model as Simper knows it",
            "UnknownTensor"
        );
    }

    /// <summary>A tensor's values in Hugging Face's order, in a new tensor.</summary>
    public Tensor Read(string name)
    {
        Tensor values = _file.Read(name);
        if (RotatedHeads(name) is not { } heads)
            return values;
        using (values)
            return HalvesFromPairs(values, heads);
    }

    /// <summary>A matrix as it lies in the file, or null where it cannot stay there.</summary>
    public PackedRows? Map(string name) => _file.Map(name, RotatedHeads(name) ?? 0);

    /// <summary>Within each head of width E the file has rows 0, E/2, 1, E/2 + 1, ... of what is returned.</summary>
    public static Tensor HalvesFromPairs(Tensor values, long heads)
    {
        using DisposeScope scope = NewDisposeScope();
        return values
            .reshape(heads, values.shape[0] / heads / 2, 2, -1)
            .transpose(1, 2)
            .reshape(values.shape)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Refuses query and key weights whose rows do not split into heads.</summary>
    public void CheckShape(GgufTensor tensor)
    {
        if (RotatedHeads(tensor.Name) is { } heads && (tensor.Shape.Length == 0 || tensor.Shape[0] % (2 * heads) != 0))
            throw FileFault.At(
                _file.Path,
                $"tensor {FileFault.Quote(tensor.Name)} of shape {FileFault.Shape(tensor.Shape)} does not split into "
                    + $"{heads} heads of even width",
                "WrongShape"
            );
    }

    /// <summary>The number of heads whose rows are in the file's order; null where both orders are the same.</summary>
    private long? RotatedHeads(string name) =>
        name.Split('.') switch
        {
            ["blk", _, "attn_q", _] => _heads,
            ["blk", _, "attn_k", _] => _keyValueHeads,
            _ => null,
        };

    /// <summary>config.json as transformers would write it.</summary>
    public JsonObject Config()
    {
        bool Holds(string name) => _file.Tensors.ContainsKey(name);
        GgufTensor embedding =
            _file.Tensors.GetValueOrDefault("token_embd.weight")
            ?? throw FileFault.At(
                _file.Path,
                "it has no tensor 'token_embd.weight', so it holds no whole model",
                "TensorMissing"
            );
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["hidden_size"] = Count("llama.embedding_length"),
            ["intermediate_size"] = Count("llama.feed_forward_length"),
            ["num_hidden_layers"] = Count("llama.block_count"),
            ["num_attention_heads"] = _heads,
            ["num_key_value_heads"] = _keyValueHeads,
            ["head_dim"] = _keys.Integer("llama.attention.key_length") ?? Count("llama.embedding_length") / _heads,
            ["max_position_embeddings"] = Count("llama.context_length"),
            ["vocab_size"] = embedding.Shape[0],
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = _keys.RequiredFraction("llama.attention.layer_norm_rms_epsilon"),
            ["rope_theta"] = _keys.Fraction("llama.rope.freq_base") ?? 10000.0,
            ["rope_scaling"] = GgufRopeScaling.Of(_file),
            ["attention_bias"] = Holds("blk.0.attn_q.bias"),
            ["mlp_bias"] = Holds("blk.0.ffn_gate.bias"),
            ["tie_word_embeddings"] = !Holds("output.weight"),
            ["torch_dtype"] = embedding.DType switch
            {
                ScalarType.Float16 => "float16",
                ScalarType.BFloat16 => "bfloat16",
                _ => "float32",
            },
        };
        CheckHeadWidths(config);
        return config;
    }

    private void CheckHeadWidths(JsonObject config)
    {
        long width = (long)config["head_dim"]!;
        foreach (string key in (string[])["llama.attention.value_length", "llama.rope.dimension_count"])
        {
            if (_keys.Integer(key) is { } other && other != width)
                throw FileFault.At(
                    _file.Path,
                    $"its key '{key}' is {other}, while heads are {width} wide; Simper reads Llama files where "
                        + "they are equal",
                    "UnsupportedShape"
                );
        }
    }

    private long Count(string key) =>
        _keys.RequiredInteger(key) is var count and > 0 and < int.MaxValue
            ? count
            : throw _keys.WrongKind(key, "a positive whole number");
}
