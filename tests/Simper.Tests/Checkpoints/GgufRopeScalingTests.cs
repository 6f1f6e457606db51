using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;

namespace Simper.Tests.Checkpoints;

public class GgufRopeScalingTests
{
    private const int HalfWidth = 32;

    [Fact]
    public void Linear_scaling_keeps_its_factor()
    {
        JsonObject? scaling = Scaling(file =>
            file.Text("llama.rope.scaling.type", "linear").Fraction("llama.rope.scaling.factor", 4)
        );
        Assert.Equal("""{"rope_type":"linear","factor":4}""", scaling?.ToJsonString());
    }

    [Fact]
    public void Yarn_keeps_factor_and_original_context()
    {
        JsonObject? scaling = Scaling(file =>
            file.Text("llama.rope.scaling.type", "yarn")
                .Fraction("llama.rope.scaling.factor", 8)
                .Integer("llama.rope.scaling.original_context_length", 4096)
        );
        Assert.Equal("""{"rope_type":"yarn","factor":8,"original_max_position_embeddings":4096}""", scaling?.ToJsonString());
    }

    [Theory]
    [InlineData("none")]
    [InlineData(null)]
    public void No_scaling_is_null(string? kind) =>
        Assert.Null(Scaling(file => kind is null ? file : file.Text("llama.rope.scaling.type", kind)));

    [Fact]
    public void Factors_of_llama_3_give_back_its_settings()
    {
        JsonObject? scaling = Scaling(file =>
            file.Fraction("llama.rope.freq_base", 500_000).Tensor(GgufLlama.RopeFactors, LlamaThree(factor: 32))
        );
        Assert.Equal(
            """{"rope_type":"llama3","factor":32,"low_freq_factor":1,"high_freq_factor":4,"""
                + "\"original_max_position_embeddings\":8192}",
            scaling?.ToJsonString()
        );
    }

    [Fact]
    public void Other_factors_are_refused()
    {
        float[] factors = LlamaThree(factor: 32);
        factors[HalfWidth / 2] *= 1.01f;
        Assert.Contains(
            "UnsupportedRopeScaling",
            Assert
                .Throws<SimperException>(() =>
                    Scaling(file => file.Fraction("llama.rope.freq_base", 500_000).Tensor(GgufLlama.RopeFactors, factors))
                )
                .Message,
            StringComparison.Ordinal
        );
        factors[0] = float.NaN;
        Assert.Throws<SimperException>(() => Scaling(file => file.Tensor(GgufLlama.RopeFactors, factors)));
    }

    [Fact]
    public void Unknown_kinds_are_refused() =>
        Assert.Contains(
            "'longrope'",
            Assert.Throws<SimperException>(() => Scaling(f => f.Text("llama.rope.scaling.type", "longrope"))).Message,
            StringComparison.Ordinal
        );

    /// <summary>
    /// The divisors as the published formula has them, by frequency: 1 for wavelengths below 8192 / 4, the factor above 8192.
    /// </summary>
    private static float[] LlamaThree(double factor) =>
        [
            .. Enumerable
                .Range(0, HalfWidth)
                .Select(i =>
                {
                    double wavelength = 2 * Math.PI * Math.Pow(500_000, 2.0 * i / (2 * HalfWidth));
                    double smooth = (8192 / wavelength - 1) / (4 - 1);
                    return (float)(
                        wavelength < 8192.0 / 4 ? 1
                        : wavelength > 8192 ? factor
                        : 1 / ((1 - smooth) / factor + smooth)
                    );
                }),
        ];

    private static JsonObject? Scaling(Func<GgufBytes, GgufBytes> change)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", change(new GgufBytes()).ToArray()));
        return GgufRopeScaling.Of(file);
    }

    /// <summary>A small GGUF file written key by key.</summary>
    private sealed class GgufBytes
    {
        private readonly List<byte> _keys = [];
        private readonly List<byte> _tensors = [];
        private readonly List<byte> _data = [];
        private long _keyCount;
        private long _tensorCount;

        public GgufBytes Text(string key, string value) =>
            Key(key, 8, [.. BitConverter.GetBytes(value.LongCount()), .. Encoding.UTF8.GetBytes(value)]);

        public GgufBytes Fraction(string key, float value) => Key(key, 6, BitConverter.GetBytes(value));

        public GgufBytes Integer(string key, uint value) => Key(key, 4, BitConverter.GetBytes(value));

        public GgufBytes Tensor(string name, float[] values)
        {
            _tensors.AddRange([
                .. Name(name),
                .. BitConverter.GetBytes(1),
                .. BitConverter.GetBytes(values.LongLength),
                .. BitConverter.GetBytes(0),
                .. BitConverter.GetBytes((long)_data.Count),
            ]);
            _data.AddRange(values.SelectMany(BitConverter.GetBytes));
            _tensorCount++;
            return this;
        }

        public byte[] ToArray()
        {
            byte[] head =
            [
                .. "GGUF"u8,
                .. BitConverter.GetBytes(3),
                .. BitConverter.GetBytes(_tensorCount),
                .. BitConverter.GetBytes(_keyCount),
                .. _keys,
                .. _tensors,
            ];
            return [.. head, .. new byte[(32 - head.Length % 32) % 32], .. _data];
        }

        private GgufBytes Key(string key, int type, byte[] value)
        {
            _keys.AddRange([.. Name(key), .. BitConverter.GetBytes(type), .. value]);
            _keyCount++;
            return this;
        }

        private static byte[] Name(string name) => [.. BitConverter.GetBytes(name.LongCount()), .. Encoding.UTF8.GetBytes(name)];
    }
}
