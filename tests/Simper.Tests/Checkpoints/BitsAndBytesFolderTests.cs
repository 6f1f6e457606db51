using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Golden;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>Folders that bitsandbytes quantised: what is read of them, kept of them, and refused.</summary>
public sealed class BitsAndBytesFolderTests : IDisposable
{
    private const string Query = "model.layers.0.self_attn.q_proj.weight";
    private const string Fp16 = "float16";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Stories => SharedFiles.Path("data", "stories260K-hf");

    public static TheoryData<string, bool, string> Formats =>
        new()
        {
            { "nf4", false, "float32" },
            { "nf4", true, "bfloat16" },
            { "nf4", false, Fp16 },
            { "fp4", true, "float32" },
            { "fp4", false, "bfloat16" },
            { "int8", false, "float32" },
            { "int8", false, Fp16 },
        };

    [Theory]
    [InlineData("linear4bit_checkpoint", "gaussian_bf16.nf4.block64.dequantised")]
    [InlineData("linear4bit_checkpoint_double", "gaussian_bf16.nf4.block64.double.dequantised")]
    public void A_layer_that_bitsandbytes_saved_has_its_values(string layer, string dequantised)
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(_folder["model"]);
        File.Copy(SharedFiles.Path("golden", "nf4", layer + ".safetensors"), Path.Combine(_folder["model"], "model.safetensors"));
        File.WriteAllText(
            Path.Combine(_folder["model"], "config.json"),
            """{ "quantization_config": { "quant_method": "bitsandbytes", "load_in_4bit": true } }"""
        );
        using SafetensorsFile golden = SafetensorsFile.Open(SharedFiles.Path("golden", "nf4", "four_bit.safetensors"));
        using Checkpoint checkpoint = Checkpoint.Open(_folder["model"]);
        Assert.Equal([Query], checkpoint.Tensors.Keys);
        Assert.Equal("NF4", checkpoint.Tensors[Query].FileType);
        Assert.False(checkpoint.Config.ContainsKey("quantization_config"));
        Tensor expected = golden.Read(dequantised);
        Tensor read = checkpoint.Read(Query);
        Assert.Equal(expected.dtype, read.dtype);
        Assert.Equal(TensorBits.Of(expected), TensorBits.Of(read));
        using var packed = new PackedMatrix(checkpoint.Map(Query)!);
        Assert.Equal(32 * 36, packed.Bytes);
        Tensor unpacked = KernelSet.For(Precision.Float32).Unpack(packed, 0, packed.Rows);
        Assert.Equal(TensorBits.AsFloat32(expected), TensorBits.AsFloat32(unpacked));

        // The layer's outputs by bitsandbytes' own forward pass.
        JsonNode recorded = GoldenFile.Read("golden", "nf4", "index.json")[layer]!;
        Tensor Rows(string key) =>
            stack(recorded[key]!.AsArray().Select(r => tensor(r!.Doubles()).to(ScalarType.Float32)).ToArray());
        Tensor output = KernelSet.For(Precision.Float32).Linear(Rows("forward_input"), packed, bias: null);
        Assert.InRange(Numbers.RelativeDistance(output, Rows("forward_output_float32")), 0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_model_gives_the_logits_of_its_dequantised_values(string format, bool nested, string type)
    {
        using var scope = NewDisposeScope();
        ScalarType own = type switch
        {
            "bfloat16" => ScalarType.BFloat16,
            Fp16 => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
        var files = new BitsAndBytesFiles(Stories, own, format, nested);
        files.Write(_folder["quantised"]);
        files.WriteDequantised(_folder["plain"]);
        int[] ids = [1, 40, 7, 300, 211, 5, 17, 90];
        foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16])
        {
            using LanguageModel plain = LanguageModel.Load(_folder["plain"], precision, trainable: false);
            Tensor expected = GoldenFile.Logits(plain, ids);
            using LanguageModel unpacked = LanguageModel.Load(_folder["quantised"], precision, trainable: false);
            Assert.DoesNotContain(unpacked.Weights, w => w is PackedWeight);
            Assert.Equal(plain.Fingerprint(), unpacked.Fingerprint());
            Assert.Equal(Numbers.Of(expected), Numbers.Of(GoldenFile.Logits(unpacked, ids)));

            using LanguageModel packed = LanguageModel.Load(
                _folder["quantised"],
                precision,
                trainable: false,
                frozen: FrozenWeights.Packed
            );
            foreach (Weight weight in packed.Weights)
            {
                bool stays = weight.Name.StartsWith("layers.", StringComparison.Ordinal) && weight.IsMatrix;
                stays &= !weight.Name.EndsWith("down", StringComparison.Ordinal); // rows of 172
                Assert.Equal(stays, weight is PackedWeight);
                if (weight is PackedWeight blocks)
                    Assert.All(blocks.Types, t => Assert.Equal(format, t, ignoreCase: true));
            }
            Assert.Equal(plain.Fingerprint(), packed.Fingerprint());
            double distance = Numbers.RelativeDistance(GoldenFile.Logits(packed, ids), expected);
            Assert.InRange(distance, 0, precision == Precision.Float32 ? 1e-5 : 2e-2);
            Assert.True(packed.WeightBytes < unpacked.WeightBytes);
        }
    }

    [Fact]
    public void A_quantised_model_is_saved_as_the_plain_one_that_it_is()
    {
        var files = new BitsAndBytesFiles(Stories, ScalarType.BFloat16, "nf4", nested: true);
        files.Write(_folder["quantised"]);
        using LanguageModel model = LanguageModel.Load(
            _folder["quantised"],
            Precision.BFloat16,
            trainable: false,
            frozen: FrozenWeights.Packed
        );
        model.Save(_folder["saved"]);
        using LanguageModel again = LanguageModel.Load(_folder["saved"], Precision.BFloat16, trainable: false);
        Assert.Equal(model.Fingerprint(), again.Fingerprint());
        Assert.DoesNotContain("quantization_config", File.ReadAllText(Path.Combine(_folder["saved"], "config.json")));
    }

    [Fact]
    public void Codes_may_be_stored_in_a_wider_type_and_blocks_be_larger()
    {
        using var scope = NewDisposeScope();
        float[] values = [.. Enumerable.Range(0, 4 * 256).Select(i => MathF.Sin(i))];
        FourBitCodes codes = FourBitCodes.Of(values, FourBitTable.Fp4, blockSize: 128);
        Tensor stored = empty([codes.Packed.Length / 2, 1], ScalarType.BFloat16);
        stored.bytes = codes.Packed;
        Write(
            (Query, () => stored.clone()),
            (Query + ".absmax", () => tensor(codes.Absmax)),
            (Query + ".quant_map", () => tensor(FourBitTable.Fp4.Values.ToArray())),
            State("fp4", """{"quant_type": "fp4", "blocksize": 128, "dtype": "float32", "shape": [4, 256]}""")
        );
        using Checkpoint checkpoint = Checkpoint.Open(_folder["model"]);
        var expected = new float[values.Length];
        codes.Read(0, expected);
        Assert.Equal(expected, checkpoint.Read(Query).data<float>().ToArray());
        using var packed = new PackedMatrix(checkpoint.Map(Query)!);
        Assert.Equal(expected, KernelSet.For(Precision.Float32).Unpack(packed, 0, 4).data<float>().ToArray());
    }

    [Fact]
    public void What_does_not_fit_four_bits_is_refused_by_name()
    {
        const string Good = """{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [2, 64]}""";
        void Four(
            string expected,
            string state = Good,
            int bytes = 64,
            int blocks = 2,
            string map = ".quant_map",
            float first = -1
        )
        {
            float[] table = [first, .. FourBitTable.Nf4.Values[1..]];
            Write(
                (Query, () => tensor(new byte[bytes], [bytes, 1])),
                (Query + ".absmax", () => tensor(new float[blocks])),
                (Query + map, () => tensor(table)),
                State("nf4", state)
            );
            Refused(expected);
        }

        Four("has 63 bytes of codes, where [2, 64] has 64", bytes: 63);
        Four("has '" + Query + ".absmax' of type F32 with 3 values, where F32 with 2 belongs", blocks: 3);
        Four("lacks '" + Query + ".quant_map'", map: ".map");
        Four("has a table of its own in quant_map", first: -0.9f);
        Four("is of type 'fp4' by its quant_state, NF4 by that tensor's name", Good.Replace("nf4", "fp4"));
        Four("has blocks of 60 values", Good.Replace("64, \"d", "60, \"d"));
        Four("had the dtype 'float64'", Good.Replace("bfloat16", "float64"));
        Four("has an impossible shape", Good.Replace("[2,", "[0,"));
        Four("has an impossible shape", Good.Replace("[2,", "[4611686018427387904,"));
        Four("has no shape", Good.Replace("[2, 64]", "null"));
        Four("has no number blocksize", Good.Replace("blocksize", "block"));
        Four("has a quant_state that is no JSON", "{");
        Four("has '" + Query + ".absmax' of type F32 with 2 values, where U8 with 2 belongs", Nested(Good, "float32"));
        Four("has magnitudes of type 'float16'", Nested(Good, "float16"));

        static string Nested(string state, string type) =>
            state.Replace("}", $", \"nested_blocksize\": 256, \"nested_dtype\": \"{type}\", \"nested_offset\": 0.5}}");
    }

    [Fact]
    public void What_does_not_fit_eight_bits_or_the_config_is_refused_by_name()
    {
        const string Eight = """ "load_in_8bit": true """;
        string scales = Query.Replace("weight", "SCB");
        (string, Func<Tensor>) codes = (Query, () => tensor(new sbyte[128], [2, 64]));
        WriteWith(Eight, codes);
        Refused($"'{Query}' is of type I8, and there is nothing beside it that says how it is quantised (MODULE.SCB");
        WriteWith(Eight, codes, (scales, () => tensor(new float[3])));
        Refused("which has an F32 number for each row");
        WriteWith(Eight, codes, (scales, () => tensor(new float[2])), (Query + "_format", () => tensor((byte)2)));
        Refused("is stored in an order that only some GPUs read");
        WriteWith(Eight + ", \"llm_int8_skip_modules\": [\"q_proj\"]", codes, (scales, () => tensor(new float[2])));
        Refused($"'{Query}' is quantised, but llm_int8_skip_modules in config.json names 'q_proj'");
        WriteWith(Eight + ", \"llm_int8_skip_modules\": \"q_proj\"", codes);
        Refused("llm_int8_skip_modules in config.json has to be a list of names");
        WriteWith(Eight + ", \"llm_int8_has_fp16_weight\": true", codes);
        Refused("llm_int8_has_fp16_weight");
        WriteWith(Eight + ", \"load_in_4bit\": true", codes);
        Refused("has both load_in_4bit and load_in_8bit");
        WriteWith("", codes);
        Refused("has neither load_in_4bit nor load_in_8bit");
        WriteWith(Eight, (Query, () => zeros(2, 64)));
        Refused("calls the model quantised by bitsandbytes, but no tensor is");
        // A module that is named only by the end of another's name is another one.
        WriteWith(Eight + ", \"llm_int8_skip_modules\": [\"proj\"]", codes, (scales, () => tensor(new float[2])));
        using Checkpoint checkpoint = Checkpoint.Open(_folder["model"]);
        Assert.Equal("INT8", checkpoint.Tensors[Query].FileType);
    }

    [Fact]
    public void A_mutated_state_or_config_is_refused_or_read()
    {
        JsonNode state = JsonNode.Parse(
            """
            { "quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [32, 64],
              "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.053 }
            """
        )!;
        JsonNode config = JsonNode.Parse(
            """
            {
              "quant_method": "bitsandbytes", "load_in_4bit": true, "load_in_8bit": false, "llm_int8_skip_modules": ["lm_head"]
            }
            """
        )!;
        string path = SharedFiles.Path("golden", "nf4", "linear4bit_checkpoint_double.safetensors");
        using SafetensorsFile layer = SafetensorsFile.Open(path);
        MutationRun.Read(
            15,
            "quant_state",
            Counts.Of(300, 20_000),
            seed => new Mutator(seed).Json(state),
            text => Read(text, Bytes(config))
        );
        byte[] whole = Bytes(state);
        MutationRun.Read(
            15,
            "quantization_config",
            Counts.Of(300, 20_000),
            seed => new Mutator(seed).Json(config),
            text => Read(whole, text)
        );

        static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

        void Read(byte[] text, byte[] quantisation)
        {
            using var scope = NewDisposeScope();
            string name = layer.Tensors.Keys.Single(k => k.Contains("quant_state", StringComparison.Ordinal));
            CheckpointWriter.Save(
                _folder["model"],
                new CheckpointFiles { Config = [] },
                [.. layer.Tensors.Keys.Select(k => (k, (Func<Tensor>)(() => k == name ? tensor(text) : layer.Read(k))))]
            );
            File.WriteAllBytes(
                Path.Combine(_folder["model"], "config.json"),
                [.. "{\"quantization_config\": "u8, .. quantisation, .. "}"u8]
            );
            using Checkpoint checkpoint = Checkpoint.Open(_folder["model"]);
            foreach (string tensor in checkpoint.Tensors.Keys)
            {
                checkpoint.Read(tensor).Dispose();
                checkpoint.Map(tensor)?.Dispose();
            }
        }
    }

    private void Refused(string sentence)
    {
        string message = Assert.Throws<SimperException>(() => Checkpoint.Open(_folder["model"])).Message;
        Assert.Contains(sentence, message, StringComparison.Ordinal);
        Assert.StartsWith(_folder["model"], message, StringComparison.Ordinal);
    }

    private static (string, Func<Tensor>) State(string type, string text) =>
        ($"{Query}.quant_state.bitsandbytes__{type}", () => tensor(Encoding.UTF8.GetBytes(text)));

    private void Write(params (string, Func<Tensor>)[] tensors) => WriteWith(""" "load_in_4bit": true """, tensors);

    private void WriteWith(string keys, params (string, Func<Tensor>)[] tensors)
    {
        string comma = keys.Length > 0 ? "," : "";
        JsonObject config = JsonNode
            .Parse($$"""{ "quantization_config": { "quant_method": "bitsandbytes"{{comma}} {{keys}} } }""")!
            .AsObject();
        CheckpointWriter.Save(_folder["model"], new CheckpointFiles { Config = config }, tensors);
    }
}
