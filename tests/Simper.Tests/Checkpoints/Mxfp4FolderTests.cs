using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Testing;
using Simper.Tests.Models.Gguf;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>Folders of gpt-oss as it is published: experts as four-bit floats in blocks of 32.</summary>
public sealed class Mxfp4FolderTests : IDisposable
{
    private const string Matrix = "model.layers.0.mlp.experts.down_proj";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Codes_lie_two_in_a_byte_and_outputs_first()
    {
        // One expert of two outputs and 32 inputs. Output 0: codes 0 to 15 twice, scale 2^1; output 1: all 6, scale 2^-127.
        byte[] codes =
        [
            .. Enumerable.Range(0, 16).Select(i => (byte)(2 * i % 16 | (2 * i + 1) % 16 << 4)),
            .. Enumerable.Repeat((byte)0x77, 16),
        ];
        Write([1, 2, 1, 16], codes, [1, 2, 1], [128, 0]);
        using Checkpoint checkpoint = Checkpoint.Open(_folder["model"]);
        Assert.Equal([Matrix], checkpoint.Tensors.Keys);
        Assert.Equal([1, 32, 2], checkpoint.Tensors[Matrix].Shape);
        using Tensor read = checkpoint.Read(Matrix);
        using Tensor wide = read.to(ScalarType.Float32);
        float[] values = [.. wide.data<float>()];
        float[] positive = [0, 1, 2, 3, 4, 6, 8, 12];
        for (int input = 0; input < 32; input++)
        {
            Assert.Equal((input % 16 < 8 ? 1 : -1) * positive[input % 8], values[2 * input]);
            Assert.Equal(MathF.ScaleB(6, -127), values[2 * input + 1]);
        }
        Assert.False(checkpoint.Config.ContainsKey("quantization_config"));
    }

    [Fact]
    public void A_model_is_the_one_that_its_values_make()
    {
        TinyModels.Write(_folder["plain"], "gpt_oss");
        var random = new Random(3);
        var plain = new List<(string, Func<Tensor>)>();
        var packed = new List<(string, Func<Tensor>)>();
        using Checkpoint source = Checkpoint.Open(_folder["plain"]);
        foreach ((string name, TensorEntry entry) in source.Tensors)
        {
            if (!name.EndsWith("_proj", StringComparison.Ordinal)) // the experts' matrices have no ".weight"
            {
                plain.Add((name, () => source.Read(name)));
                packed.Add((name, () => source.Read(name)));
                continue;
            }
            long[] shape = entry.Shape;
            long[] blocks = [shape[0], shape[2], shape[1] / 32, 16];
            byte[] codes = new byte[entry.Count / 2];
            byte[] scales = new byte[entry.Count / 32];
            random.NextBytes(codes);
            for (int i = 0; i < scales.Length; i++)
                scales[i] = (byte)random.Next(122, 126);
            packed.Add((name + "_blocks", () => tensor(codes, blocks)));
            packed.Add((name + "_scales", () => tensor(scales, blocks[..3])));
            plain.Add((name, () => Dequantised(codes, scales, shape)));
        }
        CheckpointFiles files = CheckpointFiles.From(source);
        CheckpointWriter.Save(_folder["whole"], files, plain);
        files.Config["quantization_config"] = new JsonObject { ["quant_method"] = "mxfp4" };
        CheckpointWriter.Save(_folder["packed"], files, packed);

        using LanguageModel expected = LanguageModel.Load(_folder["whole"]);
        using LanguageModel model = LanguageModel.Load(_folder["packed"]);
        Assert.Equal(expected.Fingerprint(), model.Fingerprint());
        model.Save(_folder["saved"]);
        using LanguageModel again = LanguageModel.Load(_folder["saved"]);
        Assert.Equal(expected.Fingerprint(), again.Fingerprint());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Write([1, 2, 1, 16], new byte[32], [1, 1, 1], new byte[1]);
        Assert.Contains("is no matrix of MXFP4 blocks", Fault(), StringComparison.Ordinal);
        Write([1, 2, 1, 16], new byte[32], [1, 2, 1], new byte[2], method: "gptq");
        Assert.Contains("is quantised by 'gptq'", Fault(), StringComparison.Ordinal);
    }

    private string Fault() => Assert.Throws<SimperException>(() => Checkpoint.Open(_folder["model"])).Message;

    // Inputs outermost, as transformers has the matrix: by the definition, one value after the other.
    private static Tensor Dequantised(byte[] codes, byte[] scales, long[] shape)
    {
        float[] magnitudes = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6];
        (long inputs, long outputs) = (shape[1], shape[2]);
        var values = new float[shape[0] * inputs * outputs];
        for (long at = 0; at < values.Length; at++)
        {
            (long expert, long rest) = Math.DivRem(at, inputs * outputs);
            (long input, long output) = Math.DivRem(rest, outputs);
            long row = (expert * outputs + output) * inputs + input;
            int code = row % 2 == 0 ? codes[row / 2] & 15 : codes[row / 2] >> 4;
            values[at] = (code < 8 ? 1 : -1) * magnitudes[code % 8] * MathF.Pow(2, scales[row / 32] - 127);
        }
        return tensor(values, shape);
    }

    private void Write(long[] blocks, byte[] codes, long[] groups, byte[] scales, string method = "mxfp4")
    {
        var config = new JsonObject
        {
            ["model_type"] = "gpt_oss",
            ["quantization_config"] = new JsonObject { ["quant_method"] = method },
        };
        CheckpointWriter.Save(
            _folder["model"],
            new CheckpointFiles { Config = config },
            [(Matrix + "_blocks", () => tensor(codes, blocks)), (Matrix + "_scales", () => tensor(scales, groups))]
        );
    }
}
