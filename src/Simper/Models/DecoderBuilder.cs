using Simper.Kernels;
using Simper.Models.Layers;
using Simper.Models.Weights;

namespace Simper.Models;

/// <summary>Composes a decoder's layers from a shape and the weights of its slots (<see cref="NameMap.Slots"/>).</summary>
internal sealed class DecoderBuilder(DecoderShape shape, IReadOnlyDictionary<string, Weight> weights, KernelSet kernels)
{
    public Decoder Build()
    {
        Weight table = weights["embedding"];
        return new Decoder(
            shape,
            new Embedding(table, shape.EmbeddingScale, kernels),
            [.. Enumerable.Range(0, shape.Layers).Select(Block)],
            new Head(Norm("norm"), shape.TiedHead ? table : weights["head"], shape.LogitCap, kernels),
            kernels
        );
    }

    private Block Block(int layer)
    {
        string prefix = NameMap.Prefix(layer);
        HeadShape heads = shape.HeadShapeOf(layer);
        var attention = new Attention(
            Linear(prefix + "qkv"),
            HeadNorm(prefix + "query_norm", first: 0, heads.Heads),
            HeadNorm(prefix + "key_norm", heads.QueryWidth, heads.KeyValueHeads),
            Linear(prefix + "output"),
            heads,
            kernels
        );
        var mlp = new GatedMlp(Linear(prefix + "gate_up"), Linear(prefix + "down"), shape.Activation, kernels);
        return new Block(
            Branch(prefix + "attention", attention),
            Branch(prefix + "mlp", mlp),
            shape.Width,
            kernels.Precision.WideBytes
        );
    }

    private ResidualBranch Branch(string name, IBranch branch) =>
        new(Norm(name + "_norm"), branch, Has(name + "_post_norm") ? Norm(name + "_post_norm") : null, shape.Width, kernels);

    private HeadNorm? HeadNorm(string name, int first, int heads) =>
        Has(name) ? new HeadNorm(Norm(name), first, heads, shape.HeadWidth, kernels) : null;

    private RmsNorm Norm(string name) => new((FloatWeight)weights[name], shape.NormEpsilon, shape.NormOffset, kernels);

    private Linear Linear(string name) => new(weights[name], (FloatWeight?)weights.GetValueOrDefault(name + "_bias"), kernels);

    private bool Has(string name) => weights.ContainsKey(name);
}
