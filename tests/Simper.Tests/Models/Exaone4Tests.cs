using System.Text.Json.Nodes;
using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Tests.Golden;
using Simper.Tests.Toys;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>
/// EXAONE 4, for which there are no reference numbers, against its definition in plain loops and double precision: norms after
/// attention and MLP, norms of queries and keys, windowed layers that rotate and global ones that do not.
/// </summary>
public class Exaone4Tests
{
    private const int Width = 24;
    private const int Heads = 4;
    private const int KeyValueHeads = 2;
    private const int HeadWidth = 8;
    private const int Inner = 20;
    private const int Words = 50;
    private const int Layers = 4;
    private const int Window = 5;
    private const double Theta = 1000;
    private static readonly int[] Ids = [.. Enumerable.Range(0, 17).Select(i => i * 29 % Words)];

    [Theory]
    [InlineData("4", true)]
    [InlineData("\"LLLG\"", true)]
    [InlineData("null", false)]
    public void Logits_are_those_of_the_definition(string pattern, bool hasWindows)
    {
        using LanguageModel model = Make(pattern, hasWindows);
        double[][] expected = Definition(model, hasWindows);
        using Tensor logits = GoldenFile.Logits(model, Ids);
        for (int t = 0; t < Ids.Length; t++)
        {
            double[] got = Numbers.Of(logits[t]);
            for (int v = 0; v < Words; v++)
                Assert.Equal(expected[t][v], got[v], 1e-10);
        }
    }

    [Fact]
    public void Token_by_token_the_logits_are_the_same()
    {
        using LanguageModel model = Make("4", hasWindows: true);
        using var noGrad = no_grad();
        using Tensor whole = GoldenFile.Logits(model, Ids);
        using var cache = new KeyValueCache(model.Shape, Ids.Length, model.Decoder.Kernels);
        for (int t = 0; t < Ids.Length; t++)
        {
            using Tensor next = model.Decoder.NextLogits([Ids[t]], TokenLayout.Of((1, -1)), [cache]);
            Assert.True(Numbers.RelativeDistance(next[0], whole[t]) < 1e-12);
        }
    }

    private static LanguageModel Make(string pattern, bool hasWindows)
    {
        JsonObject config = JsonNode
            .Parse(
                $$"""
                {"model_type": "exaone4", "hidden_size": {{Width}}, "num_attention_heads": {{Heads}},
                 "num_key_value_heads": {{KeyValueHeads}}, "head_dim": {{HeadWidth}}, "intermediate_size": {{Inner}},
                 "num_hidden_layers": {{Layers}}, "vocab_size": {{Words}}, "max_position_embeddings": 64,
                 "rms_norm_eps": 1e-5, "rope_theta": {{Theta}}, "hidden_act": "silu", "initializer_range": 0.4,
                 "sliding_window": {{(hasWindows ? Window : "null")}}, "sliding_window_pattern": {{pattern}},
                 "tie_word_embeddings": false, "attention_dropout": 0.0, "use_cache": true}
                """
            )!
            .AsObject();
        LanguageModel model = LanguageModel.Create(new ModelFiles("toy", config), seed: 5, Precision.Float64);
        using var noGrad = no_grad();
        int seed = 0;
        foreach (Parameter norm in model.Parameters.Where(p => !p.IsMatrix))
        {
            var random = new Random(seed++);
            norm.Weight.Set(tensor([.. Enumerable.Range(0, (int)norm.Count).Select(_ => 0.5 + random.NextDouble())]));
        }
        return model;
    }

    private static double[][] Definition(LanguageModel model, bool hasWindows)
    {
        Dictionary<string, double[]> weights = model.Published().ToDictionary(p => p.Name, p => Numbers.Of(p.Tensor()));
        double[][] x = [.. Ids.Select(id => weights["model.embed_tokens.weight"][(id * Width)..((id + 1) * Width)])];
        for (int layer = 0; layer < Layers; layer++)
        {
            bool isGlobal = hasWindows && layer == 3;
            double[] W(string name) => weights[$"model.layers.{layer}.{name}.weight"];
            double[][] q = Heads(x, "q", Exaone4Tests.Heads);
            double[][] k = Heads(x, "k", KeyValueHeads);
            double[][] v = [.. x.Select(row => Times(W("self_attn.v_proj"), row))];
            double[][] attended =
            [
                .. x.Select((_, t) => Times(W("self_attn.o_proj"), Attend(q, k, v, t, hasWindows && !isGlobal))),
            ];
            x = Add(x, [.. attended.Select(row => Norm(row, W("post_attention_layernorm")))]);
            double[][] mlp =
            [
                .. x.Select(row =>
                {
                    double[] gate = Times(W("mlp.gate_proj"), row);
                    double[] up = Times(W("mlp.up_proj"), row);
                    return Times(W("mlp.down_proj"), [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]);
                }),
            ];
            x = Add(x, [.. mlp.Select(row => Norm(row, W("post_feedforward_layernorm")))]);

            double[][] Heads(double[][] rows, string name, int heads) =>
                [
                    .. rows.Select(
                        (row, t) =>
                            Times(W($"self_attn.{name}_proj"), row)
                                .Chunk(HeadWidth)
                                .Take(heads)
                                .Select(head => Norm(head, W($"self_attn.{name}_norm")))
                                .SelectMany(head => isGlobal ? head : Turned(head, t))
                                .ToArray()
                    ),
                ];
        }
        return [.. x.Select(row => Times(weights["lm_head.weight"], Norm(row, weights["model.norm.weight"])))];
    }

    private static double[] Attend(double[][] q, double[][] k, double[][] v, int t, bool isWindowed)
    {
        var result = new double[Heads * HeadWidth];
        for (int head = 0; head < Heads; head++)
        {
            int at = head / (Heads / KeyValueHeads) * HeadWidth;
            int first = isWindowed ? Math.Max(0, t - Window + 1) : 0;
            double[] scores =
            [
                .. Enumerable
                    .Range(first, t + 1 - first)
                    .Select(j =>
                        Enumerable.Range(0, HeadWidth).Sum(e => q[t][head * HeadWidth + e] * k[j][at + e]) / Math.Sqrt(HeadWidth)
                    ),
            ];
            double sum = scores.Sum(Math.Exp);
            for (int e = 0; e < HeadWidth; e++)
                result[head * HeadWidth + e] = scores.Select((s, i) => Math.Exp(s) / sum * v[first + i][at + e]).Sum();
        }
        return result;
    }

    private static double[] Turned(double[] head, int position)
    {
        var turned = new double[HeadWidth];
        for (int i = 0; i < HeadWidth / 2; i++)
        {
            (double sin, double cos) = Math.SinCos(position * Math.Pow(Theta, -2.0 * i / HeadWidth));
            (double a, double b) = (head[i], head[i + HeadWidth / 2]);
            (turned[i], turned[i + HeadWidth / 2]) = (a * cos - b * sin, b * cos + a * sin);
        }
        return turned;
    }

    private static double[] Norm(double[] x, double[] weight)
    {
        double scale = 1 / Math.Sqrt(x.Average(v => v * v) + 1e-5);
        return [.. x.Select((v, i) => v * scale * weight[i])];
    }

    private static double[] Times(double[] matrix, double[] x) =>
        [.. matrix.Chunk(x.Length).Select(row => row.Zip(x, (a, b) => a * b).Sum())];

    private static double[][] Add(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (u, w) => u + w).ToArray())];
}
