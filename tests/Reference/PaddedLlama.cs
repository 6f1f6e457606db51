using System.Text.Json.Nodes;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Reference;

// Legend: B rows, T tokens, D width, H heads, K key-value heads, E head width, V words.

/// <summary>
/// Llama as the usual trainers run it: rows padded to the longest, chosen and rejected concatenated on the batch axis, logits of
/// every position, autograd, plain operators. Slow and readable: the judge of the flat path in the tests, the baseline in the
/// benchmark. Shares no code with the product. Owns its weights.
/// </summary>
public sealed class PaddedLlama : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights;
    private readonly int _layers;
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _headWidth;
    private readonly double _epsilon;
    private readonly double _theta;
    private readonly ScalarType _type;

    /// <param name="config">config.json; plain rotations only.</param>
    /// <param name="weights">Tensors by their names in a Hugging Face folder; cloned.</param>
    /// <param name="type">Type of weights and computation.</param>
    public PaddedLlama(JsonObject config, IEnumerable<(string Name, Tensor Tensor)> weights, ScalarType type)
    {
        double Number(string key, double otherwise) =>
            config[key] is { } n ? double.Parse(n.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) : otherwise;
        _layers = (int)Number("num_hidden_layers", 0);
        _heads = (int)Number("num_attention_heads", 0);
        _keyValueHeads = (int)Number("num_key_value_heads", _heads);
        _headWidth = (int)Number("head_dim", Number("hidden_size", 0) / _heads);
        _epsilon = Number("rms_norm_eps", 1e-6);
        _theta = Number("rope_theta", 10000);
        _type = type;
        _weights = weights.ToDictionary(
            w => w.Name,
            w => w.Tensor.to(type, copy: true).detach().DetachFromDisposeScope().requires_grad_()
        );
    }

    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>Logits [B, T, V] of right-padded rows [B, T].</summary>
    public Tensor Logits(Tensor ids, Tensor mask)
    {
        long length = ids.shape[1];
        (Tensor cos, Tensor sin) = Rotations(length);
        Tensor causal = ones(length, length, dtype: ScalarType.Bool)
            .tril()
            .logical_and(mask.to(ScalarType.Bool).unsqueeze(1).unsqueeze(1)); // [B, 1, T, T]
        // [B, T, D]
        Tensor x = _weights["model.embed_tokens.weight"].index_select(0, ids.flatten()).view(ids.shape[0], length, -1);
        for (int layer = 0; layer < _layers; layer++)
        {
            string at = $"model.layers.{layer}.";
            x = x.Plus(Attention(Norm(x, at + "input_layernorm"), at + "self_attn.", cos, sin, causal));
            Tensor h = Norm(x, at + "post_attention_layernorm");
            x = x.Plus(
                Linear(nn.functional.silu(Linear(h, at + "mlp.gate_proj")) * Linear(h, at + "mlp.up_proj"), at + "mlp.down_proj")
            );
        }
        Tensor head = _weights.TryGetValue("lm_head.weight", out Tensor? own) ? own : _weights["model.embed_tokens.weight"];
        return nn.functional.linear(Norm(x, "model.norm"), head);
    }

    /// <summary>Σ log p and number of scored tokens of each row [B]; labels are -100 where nothing is scored.</summary>
    public (Tensor Sums, Tensor Counts) Score(Tensor ids, Tensor mask, Tensor labels)
    {
        // Position t predicts token t + 1.
        Tensor logits = Logits(ids, mask)
            .narrow(1, 0, ids.shape[1] - 1)
            .to(_type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        Tensor targets = labels.narrow(1, 1, ids.shape[1] - 1);
        Tensor scored = targets.Is(-100).logical_not();
        Tensor logProbs = logits.log_softmax(-1).gather(2, targets.AtLeast(0L).unsqueeze(2)).squeeze(2);
        return ((logProbs * scored).sum(1), scored.sum(1));
    }

    /// <summary>Rows of prompt and answer as padded ids, mask and labels.</summary>
    public static (Tensor Ids, Tensor Mask, Tensor Labels) Pad(IReadOnlyList<(int[] Prompt, int[] Answer)> rows)
    {
        int longest = rows.Max(r => r.Prompt.Length + r.Answer.Length);
        var ids = new long[rows.Count, longest];
        var mask = new long[rows.Count, longest];
        var labels = new long[rows.Count, longest];
        for (int r = 0; r < rows.Count; r++)
        {
            int[] whole = [.. rows[r].Prompt, .. rows[r].Answer];
            for (int t = 0; t < longest; t++)
            {
                ids[r, t] = t < whole.Length ? whole[t] : 0;
                mask[r, t] = t < whole.Length ? 1 : 0;
                labels[r, t] = t < whole.Length && t >= rows[r].Prompt.Length ? whole[t] : -100;
            }
        }
        return (tensor(ids), tensor(mask), tensor(labels));
    }

    public void ClearGradients()
    {
        foreach (Tensor weight in _weights.Values)
            weight.grad?.zero_();
    }

    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values)
            weight.Dispose();
    }

    private Tensor Attention(Tensor x, string at, Tensor cos, Tensor sin, Tensor causal)
    {
        Tensor Heads(string name, int heads) =>
            Linear(x, at + name).view(x.shape[0], x.shape[1], heads, _headWidth).transpose(1, 2); // [B, H, T, E]
        Tensor query = Rotated(Heads("q_proj", _heads), cos, sin);
        Tensor key = Rotated(Heads("k_proj", _keyValueHeads), cos, sin);
        Tensor value = Heads("v_proj", _keyValueHeads);
        long groups = _heads / _keyValueHeads;
        Tensor Repeated(Tensor t) => t.repeat_interleave(groups, 1);
        Tensor attended = nn.functional.scaled_dot_product_attention(query, Repeated(key), Repeated(value), causal);
        return Linear(attended.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1), at + "o_proj");
    }

    private Tensor Linear(Tensor x, string name) =>
        nn.functional.linear(x, _weights[name + ".weight"], _weights.TryGetValue(name + ".bias", out Tensor? bias) ? bias : null);

    private Tensor Norm(Tensor x, string name)
    {
        Tensor wide = x.to(_type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        return _weights[name + ".weight"] * (wide * (wide * wide).mean([-1], keepdim: true).Plus(_epsilon).rsqrt()).to(_type);
    }

    private static Tensor Rotated(Tensor x, Tensor cos, Tensor sin)
    {
        long half = x.shape[3] / 2;
        Tensor first = x.narrow(3, 0, half);
        Tensor second = x.narrow(3, half, half);
        return (x * cos).Plus(cat([-second, first], 3) * sin);
    }

    private (Tensor Cos, Tensor Sin) Rotations(long length)
    {
        Tensor frequencies = pow(
            tensor(_theta, ScalarType.Float64),
            HeldNumbers.Range(_headWidth / 2, ScalarType.Float64).Times(2.0).Over(-_headWidth)
        );
        Tensor angles = outer(HeldNumbers.Range(length, ScalarType.Float64), frequencies);
        Tensor twice = cat([angles, angles], 1);
        return (twice.cos().to(_type), twice.sin().to(_type));
    }
}
