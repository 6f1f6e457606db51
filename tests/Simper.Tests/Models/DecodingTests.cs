using Simper.Kernels;
using Simper.Models;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>The way of generation, prompts and then token by token, against one forward pass over the whole sequences.</summary>
public class DecodingTests
{
    // More sequences than a decoding pass takes go tensor by tensor: both ways are held to the same logits.
    [Theory]
    [InlineData("float64", 1, 1e-12)]
    [InlineData("float64", 3, 1e-12)]
    [InlineData("float64", KernelSet.FewRows + 1, 1e-12)]
    [InlineData("float32", 3, 1e-5)]
    [InlineData("bfloat16", 3, 3e-2)]
    [InlineData("bfloat16", KernelSet.FewRows + 1, 3e-2)]
    public void Logits_token_by_token_are_those_of_a_whole_pass(string type, int sequences, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);
        using Decoder decoder = ToyDecoder.Make(precision);
        var random = new Random(3);
        long[][] ids =
        [
            .. Enumerable
                .Range(0, sequences)
                .Select(i => Enumerable.Range(0, 20 + i).Select(_ => (long)random.Next(50)).ToArray()),
        ];
        int[] prompts = [.. ids.Select((_, i) => 1 + i * 5 % 12)];
        Tensor[] whole =
        [
            .. ids.Select(s =>
                decoder.Head.Logits(
                    decoder.Head.Norm(decoder.Forward(tensor(s), TokenLayout.Of((s.Length, -1)), tape: null)).Normalised
                )
            ),
        ];
        KeyValueCache[] caches = [.. ids.Select(s => new KeyValueCache(decoder.Shape, s.Length, decoder.Kernels))];
        for (int step = 0; step < 8; step++)
        {
            int[] fresh = [.. prompts.Select(p => step == 0 ? p : 1)];
            long[] next = [.. ids.SelectMany((s, i) => s.Skip(caches[i].Length).Take(fresh[i]))];
            Tensor logits = decoder.NextLogits(next, TokenLayout.Of([.. fresh.Select(n => (n, -1))]), caches);
            Assert.Equal(precision.Wide, logits.dtype);
            for (int i = 0; i < sequences; i++)
            {
                double distance = Numbers.RelativeDistance(logits[i], whole[i][caches[i].Length - 1]);
                Assert.True(distance < tolerance, $"sequence {i}, step {step}: relative distance {distance}");
            }
        }
        foreach (KeyValueCache cache in caches)
            cache.Dispose();
    }

    [Fact]
    public void A_sequence_has_the_same_bits_whatever_its_neighbours_and_the_number_of_threads()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Decoder decoder = ToyDecoder.Make(Precision.BFloat16);
        double[] Run(params int[] sequences)
        {
            KeyValueCache[] caches = [.. sequences.Select(_ => new KeyValueCache(decoder.Shape, 10, decoder.Kernels))];
            double[] last = [];
            for (int step = 0; step < 10; step++)
                last = Numbers.Of(
                    decoder.NextLogits(
                        [.. sequences.Select(s => (s * 7L + step * 3) % 50)],
                        TokenLayout.Of([.. sequences.Select(_ => (1, -1))]),
                        caches
                    )[0]
                );
            foreach (KeyValueCache cache in caches)
                cache.Dispose();
            return last;
        }

        double[] alone = Run(4);
        Assert.Equal(alone, Run(4, 1, 2));
        Assert.Equal(alone, Run(4, 9, 9, 3, 8, 1, 0));
        int threads = get_num_threads();
        set_num_threads(1);
        double[] single = Run(4, 1);
        set_num_threads(threads);
        Assert.Equal(alone, single);
    }
}
