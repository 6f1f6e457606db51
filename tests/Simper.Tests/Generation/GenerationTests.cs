using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Generation;

public class GenerationTests
{
    private static LanguageModel Model() =>
        LanguageModel.Create(new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()), seed: 5, Precision.Float64);

    private static readonly int[][] Prompts =
    [
        [1, 2, 3],
        [4],
        [5, 6, 7, 8, 9, 10, 11],
        [12, 13],
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    public void A_batch_answers_as_each_prompt_alone_in_its_place(double temperature)
    {
        using LanguageModel model = Model();
        var generator = new TextGenerator(model);
        var settings = new SamplingSettings { MaxNewTokens = 12, Temperature = temperature };
        IReadOnlyList<GeneratedAnswer> together = generator.Generate(Prompts, settings);
        Assert.Equal(generator.Generate([Prompts[0]], settings)[0].Ids, together[0].Ids);
        if (temperature == 0)
        {
            for (int i = 0; i < Prompts.Length; i++)
                Assert.Equal(generator.Generate([Prompts[i]], settings)[0].Ids, together[i].Ids);
        }
        Assert.Equal(together[0].Ids, generator.Stream(Prompts[0], settings));
        Assert.Equal(
            together.Select(a => string.Join(' ', a.Ids)),
            generator.Generate(Prompts, settings).Select(a => string.Join(' ', a.Ids))
        );
    }

    [Fact]
    public void The_cache_gives_what_full_passes_give()
    {
        using LanguageModel model = Model();
        List<int> ids = [.. Prompts[2]];
        IReadOnlyList<int> cached = new TextGenerator(model).Generate([ids], new SamplingSettings { MaxNewTokens = 10 })[0].Ids;
        foreach (int next in cached)
        {
            using TorchSharp.torch.Tensor logits = Golden.GoldenFile.Logits(model, [.. ids]);
            double[] last = Numbers.Of(logits[^1]);
            Assert.Equal(Array.IndexOf(last, last.Max()), next);
            ids.Add(next);
        }
    }

    [Fact]
    public void A_stop_token_ends_its_answer_alone()
    {
        using LanguageModel free = Model();
        var settings = new SamplingSettings { MaxNewTokens = 12 };
        IReadOnlyList<GeneratedAnswer> unstopped = new TextGenerator(free).Generate(Prompts, settings);
        int stop = unstopped[0].Ids[4];
        JsonObject config = JsonNode.Parse(ToyDecoder.Config)!.AsObject();
        config["eos_token_id"] = stop;
        using LanguageModel model = LanguageModel.Create(new ModelFiles("toy", config), seed: 5, Precision.Float64);
        IReadOnlyList<GeneratedAnswer> stopped = new TextGenerator(model).Generate(Prompts, settings);
        Assert.Equal(FinishReason.Stop, stopped[0].Finish);
        Assert.Equal(unstopped[0].Ids.Take(unstopped[0].Ids.ToList().IndexOf(stop) + 1), stopped[0].Ids);
        for (int i = 0; i < Prompts.Length; i++)
            Assert.True(unstopped[i].Ids.Take(stopped[i].Ids.Count).SequenceEqual(stopped[i].Ids));
    }

    [Fact]
    public void Prompts_that_cannot_be_answered_are_refused()
    {
        using LanguageModel model = Model();
        var generator = new TextGenerator(model);
        Assert.Contains(
            "empty",
            Assert
                .Throws<SimperException>(() =>
                    generator.Generate(
                        [
                            [],
                        ],
                        new SamplingSettings()
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "at most 64",
            Assert.Throws<SimperException>(() => generator.Generate([new int[64]], new SamplingSettings())).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "ids from 0 to 49",
            Assert
                .Throws<SimperException>(() =>
                    generator.Generate(
                        [
                            [50],
                        ],
                        new SamplingSettings()
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "top_p",
            Assert
                .Throws<SimperException>(() =>
                    generator.Generate(
                        [
                            [1],
                        ],
                        new SamplingSettings { TopP = 0 }
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_models_longest_sequence_ends_an_answer()
    {
        using LanguageModel model = Model();
        GeneratedAnswer answer = new TextGenerator(model).Generate([new int[60]], new SamplingSettings { MaxNewTokens = 100 })[0];
        Assert.Equal((4, FinishReason.Length), (answer.Ids.Count, answer.Finish));
    }

    [Fact]
    public void Samples_follow_their_probabilities_and_respect_top_k_and_top_p()
    {
        float[] logits = [MathF.Log(0.5f), MathF.Log(0.3f), MathF.Log(0.15f), MathF.Log(0.05f)];
        int[] Draw(SamplingSettings settings)
        {
            DeterministicRandom random = DeterministicRandom.For(1, "test");
            var counts = new int[4];
            for (int i = 0; i < 20_000; i++)
                counts[Sampler.Next(logits, settings, random)]++;
            return counts;
        }

        int[] all = Draw(new SamplingSettings { Temperature = 1 });
        double[] shares = [0.5, 0.3, 0.15, 0.05];
        for (int i = 0; i < 4; i++)
            Assert.InRange(all[i] / 20_000.0, shares[i] - 0.015, shares[i] + 0.015);
        Assert.Equal([true, true, false, false], Draw(new SamplingSettings { Temperature = 1, TopK = 2 }).Select(c => c > 0));
        Assert.Equal([true, true, true, false], Draw(new SamplingSettings { Temperature = 1, TopP = 0.9 }).Select(c => c > 0));
        Assert.Equal([true, false, false, false], Draw(new SamplingSettings { Temperature = 1, TopP = 0.1 }).Select(c => c > 0));
        Assert.Equal(0, Sampler.Next(logits, new SamplingSettings(), DeterministicRandom.For(1, "unused")));
    }

    [Fact]
    public void The_likeliest_token_is_the_first_of_the_largest_logits_and_always_a_number()
    {
        var logits = new float[77];
        foreach (int at in (int[])[0, 1, 15, 16, 31, 64, 76])
        {
            Array.Fill(logits, -3);
            logits[at] = 2;
            logits[76] = 2;
            Assert.Equal(at, Sampler.Likeliest(logits));
            logits[(at + 5) % 76] = float.NaN;
            Assert.Equal(at, Sampler.Likeliest(logits));
        }
        Assert.Equal(0, Sampler.Likeliest([float.NaN, float.NaN]));
        Assert.Equal(1, Sampler.Likeliest([-7, -6]));
    }

    [Fact]
    public void Generation_leaves_no_tensor_behind()
    {
        using LanguageModel model = Model();
        Live.ExpectNoneLeft(() => new TextGenerator(model).Generate(Prompts, new SamplingSettings { MaxNewTokens = 5 }));
        Live.ExpectNoneLeft(() =>
            _ = new TextGenerator(model).Stream(Prompts[0], new SamplingSettings { MaxNewTokens = 5 }).Take(2).ToArray()
        );
    }
}
