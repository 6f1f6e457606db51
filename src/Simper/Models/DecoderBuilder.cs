using Simper.Kernels;
using Simper.Models.Layers;
using Simper.Models.Weights;

namespace Simper.Models;

/// <summary>
/// Composes a decoder's layers from a shape, the weights of its slots (<see cref="NameMap.Slots"/>), and what adapters add.
/// </summary>
internal sealed class DecoderBuilder(
    DecoderShape shape,
    IReadOnlyDictionary<string, Weight> weights,
    AdapterLayers? adapters,
    KernelSet kernels
)
{
    public Decoder Build()
    {
        Weight table = weights["embedding"];
        return new Decoder(
            shape,
            new Embedding(
                table,
                shape.EmbeddingScale,
                (TensorWeight?)weights.GetValueOrDefault("positions"),
                adapters?.Embedding,
                kernels
            ),
            [.. Enumerable.Range(0, shape.Layers).Select(Block)],
            new Head(
                Norm("norm"),
                shape.TiedHead ? table : weights["head"],
                shape.LogitScale,
                shape.LogitCap,
                adapters?.Of("head"),
                kernels
            ),
            kernels,
            adapters?.Dropout
        )
        {
            BorrowsWeights = adapters is not null,
        };
    }

    private IBlock Block(int layer)
    {
        string prefix = NameMap.Prefix(layer);
        IBranch mlp =
            shape.IsSparse(layer) ? Experts(prefix, shape.Experts!)
            : shape.PlainMlp ? new Mlp(Linear(prefix + "up"), Linear(prefix + "down"), shape.Activation, kernels)
            : new GatedMlp(Linear(prefix + "gate_up"), Linear(prefix + "down"), shape.Activation, kernels);
        INorm? first = NormOrNone(prefix + "attention_norm");
        INorm? second = shape.SharedNorm ? first : NormOrNone(prefix + "mlp_norm");
        ResidualBranch attending = Branch(first, Attention(layer, prefix), prefix + "attention");
        ResidualBranch following = Branch(second, mlp, prefix + "mlp");
        return shape.ParallelBlocks
            ? new ParallelBlock(attending, following)
            : new Block(attending, following, shape.Width, kernels.Precision.WideBytes);
    }

    private Attention Attention(int layer, string prefix)
    {
        HeadShape heads = shape.HeadShapeOf(layer);
        return new Attention(
            Linear(prefix + "qkv"),
            [
                .. HeadNorms(prefix + "query_norm", first: 0, heads.Heads),
                .. HeadNorms(prefix + "key_norm", heads.QueryWidth, heads.KeyValueHeads),
            ],
            weights.GetValueOrDefault(prefix + "sinks") is FloatWeight sinks
                ? new AttentionSinks(sinks, heads.HeadWidth, kernels)
                : null,
            Linear(prefix + "output"),
            heads,
            kernels
        );
    }

    private Experts Experts(string prefix, ExpertShape experts) =>
        new(
            new Router(Linear(prefix + "router"), experts.Chosen, experts.IsNormalised, kernels),
            weights[prefix + "experts_gate_up"],
            (TensorWeight?)weights.GetValueOrDefault(prefix + "experts_gate_up_bias"),
            weights[prefix + "experts_down"],
            (TensorWeight?)weights.GetValueOrDefault(prefix + "experts_down_bias"),
            shape.Activation,
            experts.Clamp,
            new ExpertAdapters(
                adapters?.OfExperts(prefix + "experts_gate_up") ?? ExpertAdapters.None,
                adapters?.OfExperts(prefix + "experts_down") ?? ExpertAdapters.None
            ),
            kernels
        );

    private ResidualBranch Branch(INorm? before, IBranch branch, string name) =>
        new(before, branch, NormOrNone(name + "_post_norm"), shape.ResidualScale, shape.Width, kernels);

    private IEnumerable<HeadNorm> HeadNorms(string name, int first, int heads)
    {
        int width = shape.HeadWidth;
        return shape.QueryKeyNorm switch
        {
            QueryKeyNorm.None => [],
            QueryKeyNorm.Head => [new HeadNorm(Norm(name), first, heads, width, kernels)],
            QueryKeyNorm.Whole => [new HeadNorm(Norm(name), first, 1, heads * width, kernels)],
            _ => Enumerable
                .Range(0, heads)
                .Select(h => new HeadNorm(Norm(NameMap.OfHead(name, h)), first + h * width, 1, width, kernels)),
        };
    }

    private INorm? NormOrNone(string name) => weights.ContainsKey(name) ? Norm(name) : null;

    private INorm Norm(string name) =>
        shape.NormsCenter
            ? new LayerNorm((FloatWeight)weights[name], Bias(name), shape.NormEpsilon, kernels)
            : new RmsNorm((FloatWeight)weights[name], shape.NormEpsilon, shape.NormOffset, kernels);

    private Linear Linear(string name) => new(weights[name], Bias(name), adapters?.Of(name), kernels);

    private FloatWeight? Bias(string name) => (FloatWeight?)weights.GetValueOrDefault(name + "_bias");
}
