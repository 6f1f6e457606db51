using Simper.Generation;
using Simper.Kernels.Cpu;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Serving;
using Simper.Tensors;
using Simper.Testing;
using static Simper.Tests.Serving.ToyServer;

namespace Simper.Tests.Serving;

/// <summary>An engine over matrices that stay quantised as they lie in the file.</summary>
public class PackedEngineTests
{
    private static ServedModel Load(Precision precision, FrozenWeights frozen) =>
        new(
            "stories",
            LanguageModel.Load(
                SharedFiles.Path("golden", "gguf", "llama", "stories260K-Q8_0.gguf"),
                precision,
                trainable: false,
                frozen: frozen
            )
        );

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public async Task Each_gets_the_bits_that_it_gets_alone_and_the_ids_of_the_unpacked_model(string type)
    {
        Precision precision = type == "float32" ? Precision.Float32 : Precision.BFloat16;
        using ServedModel packed = Load(precision, FrozenWeights.Packed);
        using ServedModel unpacked = Load(precision, FrozenWeights.Unpacked);
        Assert.Contains(packed.Model.Weights, w => w is PackedWeight);
        int[] start = packed.Tokenizer.Encode("Once upon a time, there was a little girl named Lily. She loved").Ids;
        GenerationRequest[] requests =
        [
            .. new[] { 3, 9, start.Length - 1, start.Length }.Select(length => new GenerationRequest
            {
                Prompt = start[..length],
                MaxTokens = 12,
                StopIds = [],
                LogProbs = 2,
                Sampling = new SamplingSettings { Temperature = 0 },
            }),
        ];
        var together = new List<string>();
        await using (var engine = new GenerationEngine(packed, Pages(packed, pages: 40, sequences: 3)))
        {
            GenerationTicket[] tickets = [.. requests.Select(r => engine.Submit(r))];
            together.AddRange((await Task.WhenAll(tickets.Select(t => Read(t)))).Select(a => a.Bits));
        }
        for (int i = 0; i < requests.Length; i++)
        {
            Answer alone = (await Alone(packed, requests[i]))[0];
            Answer plain = (await Alone(unpacked, requests[i]))[0];
            Assert.Equal(alone.Bits, together[i]);
            Assert.Equal(plain.Ids, alone.Ids);
            if (type == "bfloat16" && MatrixUnit.IsAvailable)
                Assert.Equal(plain.Bits, alone.Bits);
        }
    }
}
