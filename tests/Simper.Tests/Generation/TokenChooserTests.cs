using Simper.Generation;

namespace Simper.Tests.Generation;

public class TokenChooserTests
{
    private static readonly float[] Logits = [3, 2.9f, 2, -1];

    private static int[] Written(SamplingSettings settings, int[] prompt, ulong[]? allowed = null)
    {
        var chooser = new TokenChooser(settings, 0, prompt);
        return [.. Enumerable.Range(0, 5).Select(_ => chooser.Next(Logits, allowed))];
    }

    [Fact]
    public void Penalties_count_what_was_written()
    {
        Assert.Equal([0, 0, 0, 0, 0], Written(new SamplingSettings(), [0]));
        Assert.Equal([0, 1, 0, 1, 0], Written(new SamplingSettings { FrequencyPenalty = 0.2 }, [0]));
        Assert.Equal([0, 1, 0, 0, 0], Written(new SamplingSettings { PresencePenalty = 0.2 }, [0]));
        Assert.Equal([1, 0, 0, 0, 0], Written(new SamplingSettings { RepetitionPenalty = 1.2 }, [0]));
        Assert.Equal(
            [3, 3, 3, 3, 3],
            Written(new SamplingSettings { LogitBias = new Dictionary<int, double> { [3] = 100 } }, [0])
        );
    }

    [Fact]
    public void A_mask_leaves_only_what_it_allows()
    {
        Assert.Equal([2, 2, 2, 2, 2], Written(new SamplingSettings(), [0], [0b1100]));
        Assert.All(Written(new SamplingSettings { Temperature = 5 }, [0], [0b1010]), id => Assert.True(id is 1 or 3));
    }

    [Fact]
    public void Min_p_leaves_out_what_is_much_less_likely_than_the_likeliest()
    {
        foreach (int topK in (int[])[0, 3])
        {
            var settings = new SamplingSettings
            {
                Temperature = 1,
                MinP = 0.5,
                TopK = topK,
            };
            var chooser = new TokenChooser(settings, 0, [0]);
            int[] drawn = [.. Enumerable.Range(0, 500).Select(_ => chooser.Next(Logits))];
            Assert.Equal([0, 1], drawn.Distinct().Order());
        }
    }

    [Fact]
    public void Choosing_among_the_best_of_a_large_vocabulary_is_choosing_among_all_sorted()
    {
        var random = new Random(1);
        float[] logits = [.. Enumerable.Range(0, 5000).Select(_ => (float)(random.NextDouble() * random.Next(1, 30)))];
        foreach (
            SamplingSettings settings in (SamplingSettings[])
                [
                    new() { Temperature = 1, TopK = 1 },
                    new() { Temperature = 1, TopK = 700 },
                    new() { Temperature = 1, TopP = 0.3 },
                    new() { Temperature = 4, TopP = 0.999 },
                    new()
                    {
                        Temperature = 0.5,
                        TopK = 40,
                        TopP = 0.9,
                    },
                ]
        )
        {
            double[] weights = [.. logits.Select(l => Math.Exp((l - logits.Max()) / settings.Temperature))];
            int[] sorted = [.. Enumerable.Range(0, 5000).OrderByDescending(i => weights[i]).ThenBy(i => i)];
            int[] kept = settings.TopK > 0 ? sorted[..settings.TopK] : sorted;
            double total = kept.Sum(i => weights[i]);
            double reached = 0;
            kept = [.. kept.TakeWhile(i => (reached += weights[i]) - weights[i] < settings.TopP * total)];
            var chooser = new TokenChooser(settings, 0, [0]);
            int[] drawn = [.. Enumerable.Range(0, 300).Select(_ => chooser.Next(logits))];
            Assert.Subset(kept.ToHashSet(), drawn.ToHashSet());
        }
    }
}
