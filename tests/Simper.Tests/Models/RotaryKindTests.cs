using Simper.Models;

namespace Simper.Tests.Models;

public class RotaryKindTests
{
    [Fact]
    public void Plain_frequencies_fall_from_one_by_powers_of_theta() =>
        Assert.Equal(
            [1, 0.01],
            new RotaryKind.Plain { Theta = 10000 }
                .Frequencies(4)
                .Select(f => Math.Round(f, 12))
        );

    [Fact]
    public void Linear_scaling_divides_every_frequency() =>
        Assert.Equal(
            [0.25, 0.0025],
            new RotaryKind.Linear { Theta = 10000, Factor = 4 }
                .Frequencies(4)
                .Select(f => Math.Round(f, 12))
        );

    [Fact]
    public void Llama3_keeps_short_waves_and_slows_long_ones()
    {
        var kind = new RotaryKind.Llama3
        {
            Theta = 1e6,
            Factor = 8,
            LowFrequencyFactor = 1,
            HighFrequencyFactor = 4,
            OriginalMaxPositions = 100,
        };
        double[] frequencies = kind.Frequencies(4); // unscaled: 1 (wave 6.3 < 25) and 0.001 (wave 6283 > 100)
        Assert.Equal(1, frequencies[0]);
        Assert.Equal(0.001 / 8, frequencies[1], 15);
    }

    [Fact]
    public void Yarn_without_a_factor_is_plain()
    {
        var yarn = new RotaryKind.Yarn
        {
            Theta = 10000,
            Factor = 1,
            OriginalMaxPositions = 100,
        };
        Assert.Equal(new RotaryKind.Plain { Theta = 10000 }.Frequencies(16), yarn.Frequencies(16));
        Assert.Equal(1, yarn.AttentionFactor);
    }
}
