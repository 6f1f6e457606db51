using System.Globalization;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;

namespace Simper.Tests.Checkpoints;

/// <summary>The quantisers give llama.cpp's bytes, block by block.</summary>
public class GgufQuantiserTests
{
    public static TheoryData<string> Written => ["Q4_0", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"];

    [Theory]
    [MemberData(nameof(Written))]
    public void Rows_become_the_bytes_of_the_reference(string type)
    {
        string name = type.ToLowerInvariant();
        using GgufFile file = GgufFile.Open(SharedFiles.Path("golden", "gguf", "types", $"{name}.gguf"));
        using SafetensorsFile golden = SafetensorsFile.Open(SharedFiles.Path("golden", "gguf", "types", $"{name}.safetensors"));
        using torch.Tensor source = golden.Read("gaussian_source");
        using PackedRows expected = file.Map("gaussian")!;
        BlockType written = GgufTypes.Named(type);
        float[] values = [.. source.contiguous().data<float>()];
        byte[] bytes = new byte[values.Length / written.Values * written.Bytes];
        written.Encoder!(values, bytes);
        byte[] wanted = TensorBits.Of(expected.Bytes);
        Assert.Equal(wanted.Length, bytes.Length);
        for (int block = 0; block < bytes.Length / written.Bytes; block++)
            Assert.True(
                wanted
                    .AsSpan(block * written.Bytes, written.Bytes)
                    .SequenceEqual(bytes.AsSpan(block * written.Bytes, written.Bytes)),
                string.Create(CultureInfo.InvariantCulture, $"block {block} of {type}")
            );
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void What_is_written_is_near_what_was_given(string type)
    {
        BlockType written = GgufTypes.Named(type);
        var random = new Random(7);
        float[] values = [.. Enumerable.Range(0, 1024).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        byte[] bytes = new byte[values.Length / written.Values * written.Bytes];
        written.Encoder!(values, bytes);
        float[] back = new float[values.Length];
        for (int block = 0; block < values.Length / written.Values; block++)
            written.Decoder!(
                bytes.AsSpan(block * written.Bytes, written.Bytes),
                back.AsSpan(block * written.Values, written.Values)
            );
        double bits = 8.0 * written.Bytes / written.Values;
        Assert.InRange(values.Zip(back, (a, b) => Math.Abs(a - b)).Max(), 0, 4 / Math.Pow(2, Math.Floor(bits)));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Zeros_and_equal_values_are_kept(string type)
    {
        BlockType written = GgufTypes.Named(type);
        foreach (float value in (float[])[0, 1, -2])
        {
            float[] values = [.. Enumerable.Repeat(value, written.Values)];
            byte[] bytes = new byte[written.Bytes];
            written.Encoder!(values, bytes);
            float[] back = new float[values.Length];
            written.Decoder!(bytes, back);
            Assert.All(back, b => Assert.Equal(value, b, 0.01 * Math.Abs(value)));
        }
    }
}
