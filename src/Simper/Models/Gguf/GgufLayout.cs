using System.Globalization;

namespace Simper.Models.Gguf;

/// <summary>The tensors of a GGUF file, from an architecture and a model's shape and slots.</summary>
internal sealed class GgufLayout(GgufArchitecture architecture, DecoderShape shape, GgufFusions fusions)
{
    /// <summary>All tensors, in the order of the slots.</summary>
    public IEnumerable<GgufStored> Of(IEnumerable<WeightSlot> slots) => slots.SelectMany(Of);

    private IEnumerable<GgufStored> Of(WeightSlot slot)
    {
        string[] parts = slot.Name.Split('.');
        string end = slot.Name.EndsWith("_bias", StringComparison.Ordinal) ? ".bias" : ".weight";
        if (parts[0] != "layers")
            return [Whole(slot, Outside(slot.Name) + end)];
        string prefix = $"blk.{parts[1]}.";
        string part = parts[2].EndsWith("_bias", StringComparison.Ordinal) ? parts[2][..^5] : parts[2];
        return (part, parts.Length) switch
        {
            ("qkv", _) => QueryKeyValue(slot, prefix, end),
            ("gate_up", _) => GateUp(slot, prefix, end),
            ("experts_gate_up", _) => ExpertsGateUp(slot, prefix, end),
            ("experts_down", _) => [Whole(slot, prefix + "ffn_down_exps" + end) with { Shape = PerExpert(slot, shape.Width) }],
            ("query_norm" or "key_norm", 4) => parts[3] == "0" ? [HeadNorms(parts, prefix)] : [],
            _ => [Whole(slot, prefix + Inside(part) + end) with { IsQuery = part == "query_norm" }],
        };
    }

    private GgufStored Whole(WeightSlot slot, string name) =>
        new(name, slot.Shape, [new SlotRows(slot.Name, 0, slot.Shape[0])])
        {
            Offset = slot.Kind == SlotKind.Norm ? shape.NormOffset : 0,
        };

    private IEnumerable<GgufStored> QueryKeyValue(WeightSlot slot, string prefix, string end)
    {
        if (fusions.QueryKeyValue)
            return [Whole(slot, prefix + "attn_qkv" + end)];
        (long queries, long keys) = (shape.QueryWidth, shape.KeyValueWidth);
        bool turns = architecture.PairsNeighbours;
        return
        [
            Rows(slot, prefix + "attn_q" + end, 0, queries) with
            {
                RotatedHeads = turns ? shape.Heads : 0,
                RotatedWidth = shape.RotaryWidth,
                IsQuery = shape.QueryKeyNorm == QueryKeyNorm.None,
            },
            Rows(slot, prefix + "attn_k" + end, queries, keys) with
            {
                RotatedHeads = turns ? shape.KeyValueHeads : 0,
                RotatedWidth = shape.RotaryWidth,
            },
            Rows(slot, prefix + "attn_v" + end, queries + keys, keys),
        ];
    }

    private IEnumerable<GgufStored> GateUp(WeightSlot slot, string prefix, string end) =>
        fusions.GateUp
            ? [Whole(slot, prefix + "ffn_up" + end)]
            :
            [
                Rows(slot, prefix + "ffn_gate" + end, 0, shape.InnerWidth),
                Rows(slot, prefix + "ffn_up" + end, shape.InnerWidth, shape.InnerWidth),
            ];

    private IEnumerable<GgufStored> ExpertsGateUp(WeightSlot slot, string prefix, string end)
    {
        int inner = shape.Experts!.InnerWidth;
        if (fusions.ExpertsGateUp)
            return [Whole(slot, prefix + "ffn_gate_up_exps" + end) with { Shape = PerExpert(slot, 2 * inner) }];
        return [Part("ffn_gate_exps", 0), Part("ffn_up_exps", inner)];

        GgufStored Part(string name, int start) =>
            new(
                prefix + name + end,
                PerExpert(slot, inner),
                [.. Enumerable.Range(0, shape.Experts.Count).Select(e => new SlotRows(slot.Name, e * 2L * inner + start, inner))]
            );
    }

    // A norm for each head: one after the other.
    private GgufStored HeadNorms(string[] parts, string prefix)
    {
        bool isQuery = parts[2] == "query_norm";
        int heads = isQuery ? shape.Heads : shape.KeyValueHeads;
        string name = $"layers.{parts[1]}.{parts[2]}";
        return new(
            prefix + Inside(parts[2]) + ".weight",
            [heads, shape.HeadWidth],
            [.. Enumerable.Range(0, heads).Select(h => new SlotRows(NameMap.OfHead(name, h), 0, shape.HeadWidth))]
        )
        {
            Offset = shape.NormOffset,
            IsQuery = isQuery,
        };
    }

    private static GgufStored Rows(WeightSlot slot, string name, long start, long count) =>
        new(name, [count, .. slot.Shape[1..]], [new SlotRows(slot.Name, start, count)]);

    private long[] PerExpert(WeightSlot slot, long rows) => [shape.Experts!.Count, rows, .. slot.Shape[1..]];

    private static string Outside(string slot) =>
        slot switch
        {
            "embedding" => "token_embd",
            "positions" => "position_embd",
            "norm" or "norm_bias" => "output_norm",
            "head" => "output",
            _ => throw new InvalidOperationException($"GGUF has no name for {slot}."),
        };

    private string Inside(string part) =>
        part switch
        {
            "attention_norm" => "attn_norm",
            "query_norm" => "attn_q_norm",
            "key_norm" => "attn_k_norm",
            "sinks" => "attn_sinks",
            "output" => "attn_output",
            "attention_post_norm" => "post_attention_norm",
            "mlp_norm" => architecture.MlpNorm,
            "up" => "ffn_up",
            "down" => "ffn_down",
            "router" => "ffn_gate_inp",
            "mlp_post_norm" => "post_ffw_norm",
            _ => throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"GGUF has no name for {part}.")
            ),
        };
}
