using System.Globalization;

namespace Simper.Models;

/// <summary>The weights of a model, from its family's names and its shape.</summary>
internal sealed class WeightSlots(NameMap names, DecoderShape shape)
{
    private readonly WeightLayout? _matrices = names.InputsFirst ? WeightLayout.Conv1D : null;

    /// <summary>All weights, in order of the forward pass; a tied head is the embedding.</summary>
    public IEnumerable<WeightSlot> All() =>
        [
            Plain("embedding", names.Embedding, shape.Vocabulary, shape.Width),
            .. shape.LearnedPositions == 0
                ? (WeightSlot[])[]
                : [Plain("positions", names.Positions!, shape.LearnedPositions, shape.Width)],
            .. Enumerable.Range(0, shape.Layers).SelectMany(Block),
            .. Norm("norm", names.FinalNorm, shape.Width),
            .. shape.TiedHead ? (WeightSlot[])[] : [Plain("head", names.Head, shape.Vocabulary, shape.Width)],
        ];

    private IEnumerable<WeightSlot> Block(int layer)
    {
        string prefix = NameMap.Prefix(layer);
        string At(string? pattern) => Named(pattern, layer);
        return
        [
            .. shape.PreNorms ? Norm(prefix + "attention_norm", At(names.AttentionNorm), shape.Width) : [],
            .. Attention(prefix, At),
            .. shape.PostNorms ? Norm(prefix + "attention_post_norm", At(names.AttentionPostNorm), shape.Width) : [],
            .. shape.PreNorms && !shape.SharedNorm ? Norm(prefix + "mlp_norm", At(names.MlpNorm), shape.Width) : [],
            .. shape.IsSparse(layer) ? Experts(prefix, layer, shape.Experts!) : Mlp(prefix, At),
            .. shape.PostNorms ? Norm(prefix + "mlp_post_norm", At(names.MlpPostNorm), shape.Width) : [],
        ];
    }

    private IEnumerable<WeightSlot> Attention(string prefix, Func<string?, string> at)
    {
        WeightLayout? query = names.PairsNeighbours
            ? WeightLayout.Neighbours(shape.Heads, shape.HeadWidth, shape.RotaryWidth)
            : null;
        WeightLayout? key = names.PairsNeighbours
            ? WeightLayout.Neighbours(shape.KeyValueHeads, shape.HeadWidth, shape.RotaryWidth)
            : null;
        Stacked[] qkv = names.QueryKeyValue is { } fused
            ?
            [
                new(
                    at(fused),
                    shape.QueryWidth + 2 * shape.KeyValueWidth,
                    shape.Width,
                    names.HeadByHead ? WeightLayout.HeadByHead(shape.Heads, shape.HeadWidth) : null
                ),
            ]
            :
            [
                new(at(names.Query), shape.QueryWidth, shape.Width, query),
                new(at(names.Key), shape.KeyValueWidth, shape.Width, key),
                new(at(names.Value), shape.KeyValueWidth, shape.Width),
            ];
        return
        [
            .. Linear(prefix + "qkv", shape.QueryKeyValueBias, qkv),
            .. HeadNorms(prefix + "query_norm", names.QueryNorm, at, shape.Heads),
            .. HeadNorms(prefix + "key_norm", names.KeyNorm, at, shape.KeyValueHeads),
            .. shape.AttentionSinks
                ? (WeightSlot[])[new(prefix + "sinks", SlotKind.Bias, [new WeightPart(at(names.Sinks), [shape.Heads])])]
                : [],
            .. Linear(prefix + "output", shape.OutputBias, new Stacked(at(names.Output), shape.Width, shape.QueryWidth)),
        ];
    }

    private IEnumerable<WeightSlot> Mlp(string prefix, Func<string?, string> at)
    {
        int inner = shape.InnerWidth;
        Stacked up = new(at(names.GateUp is null ? names.Up : names.GateUp), inner, shape.Width);
        IEnumerable<WeightSlot> first =
            shape.PlainMlp ? Linear(prefix + "up", shape.MlpBias, up)
            : names.GateUp is not null ? Linear(prefix + "gate_up", shape.MlpBias, up with { Rows = 2 * inner })
            : Linear(prefix + "gate_up", shape.MlpBias, new Stacked(at(names.Gate), inner, shape.Width), up);
        return [.. first, .. Linear(prefix + "down", shape.MlpBias, new Stacked(at(names.Down), shape.Width, inner))];
    }

    private IEnumerable<WeightSlot> Experts(string prefix, int layer, ExpertShape experts)
    {
        IEnumerable<WeightSlot> router = Linear(
            prefix + NameMap.RouterSlot,
            experts.HasBias,
            new Stacked(Named(names.Router, layer), experts.Count, shape.Width)
        );
        return names.ExpertsGateUp is null
            ? [.. router, .. SeparateExperts(prefix, layer, experts)]
            : [.. router, .. FusedExperts(prefix, layer, experts)];
    }

    private IEnumerable<WeightSlot> SeparateExperts(string prefix, int layer, ExpertShape experts)
    {
        (int inner, int width) = (experts.InnerWidth, shape.Width);
        IEnumerable<int> all = Enumerable.Range(0, experts.Count);
        yield return Matrix(
            prefix + "experts_gate_up",
            [
                .. all.SelectMany(e =>
                    (Stacked[])
                        [new(Named(names.ExpertGate, layer, e), inner, width), new(Named(names.ExpertUp, layer, e), inner, width)]
                ),
            ]
        );
        yield return Matrix(
            prefix + "experts_down",
            [.. all.Select(e => new Stacked(Named(names.ExpertDown, layer, e), width, inner))]
        );
    }

    private IEnumerable<WeightSlot> FusedExperts(string prefix, int layer, ExpertShape experts)
    {
        (int count, int inner, int width) = (experts.Count, experts.InnerWidth, shape.Width);
        string gateUp = Named(names.ExpertsGateUp, layer);
        string down = Named(names.ExpertsDown, layer);
        yield return Fused("experts_gate_up", SlotKind.Matrix, gateUp, [count, width, 2 * inner], Gates(inputsFirst: true));
        if (experts.HasBias)
            yield return Fused("experts_gate_up_bias", SlotKind.Bias, gateUp + "_bias", [count, 2 * inner], Gates(false));
        yield return Fused("experts_down", SlotKind.Matrix, down, [count, inner, width], WeightLayout.Conv1D);
        if (experts.HasBias)
            yield return Fused(
                "experts_down_bias",
                SlotKind.Bias,
                down + "_bias",
                [count, width],
                WeightLayout.Flat(count, width)
            );

        WeightLayout Gates(bool inputsFirst) => WeightLayout.Alternating(count, inner, inputsFirst);
        WeightSlot Fused(string slot, SlotKind kind, string name, long[] published, WeightLayout layout) =>
            new(prefix + slot, kind, [new WeightPart(name, published) { Layout = layout }]);
    }

    private IEnumerable<WeightSlot> HeadNorms(string slot, string? pattern, Func<string?, string> at, int heads) =>
        shape.QueryKeyNorm switch
        {
            QueryKeyNorm.None => [],
            QueryKeyNorm.Head => Norm(slot, at(pattern), shape.HeadWidth, canHaveBias: false),
            QueryKeyNorm.Whole => Norm(slot, at(pattern), heads * shape.HeadWidth, canHaveBias: false),
            _ => Enumerable
                .Range(0, heads)
                .SelectMany(head =>
                    Norm(
                        NameMap.OfHead(slot, head),
                        at(pattern).Replace("{1}", head.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal),
                        shape.HeadWidth,
                        canHaveBias: false
                    )
                ),
        };

    private IEnumerable<WeightSlot> Norm(string slot, string published, int width, bool canHaveBias = true)
    {
        yield return new(slot, SlotKind.Norm, [new WeightPart(published + ".weight", [width])]);
        if (shape.NormBias && canHaveBias)
            yield return new(slot + "_bias", SlotKind.Bias, [new WeightPart(published + ".bias", [width])]);
    }

    private IEnumerable<WeightSlot> Linear(string slot, bool hasBias, params Stacked[] parts)
    {
        yield return Matrix(slot, parts);
        if (hasBias)
            yield return new(
                slot + "_bias",
                SlotKind.Bias,
                [.. parts.Select(p => new WeightPart(p.Name + ".bias", [p.Rows]) { Layout = p.Layout })]
            );
    }

    private WeightSlot Matrix(string slot, Stacked[] parts) =>
        new(
            slot,
            SlotKind.Matrix,
            [
                .. parts.Select(p => new WeightPart(
                    p.Name + ".weight",
                    names.InputsFirst ? [p.Columns, p.Rows] : [p.Rows, p.Columns]
                )
                {
                    Layout = p.Layout ?? _matrices,
                }),
            ]
        );

    private static WeightSlot Plain(string slot, string name, int rows, int columns) =>
        new(slot, SlotKind.Matrix, [new WeightPart(name + ".weight", [rows, columns])]);

    private static string Named(string? pattern, int layer, int expert = -1) =>
        (pattern ?? throw new InvalidOperationException("A name is missing."))
            .Replace("{0}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{1}", expert < 0 ? "{1}" : expert.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>A published matrix whose rows are stacked with others' in a slot.</summary>
    private sealed record Stacked(string Name, int Rows, int Columns, WeightLayout? Layout = null);
}
