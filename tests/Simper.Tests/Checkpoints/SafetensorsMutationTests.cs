using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;

namespace Simper.Tests.Checkpoints;

/// <summary>One field of a valid file is changed, the rest stays valid: byte flips alone would die at the first check.</summary>
public class SafetensorsMutationTests
{
    private const string Seed = "0000KOIbL7N4";
    private static readonly long Iterations = Counts.Of(4_000, 100_000);

    private static readonly JsonNode?[] OddValues =
    [
        null,
        0,
        1,
        3,
        -1,
        1.5,
        true,
        "",
        "F32",
        "U8",
        "F4",
        "..",
        new JsonArray(),
        new JsonObject(),
        new JsonArray(0, 0),
        new JsonArray(8, 4),
        uint.MaxValue,
        long.MaxValue,
        ulong.MaxValue,
        new JsonArray(1L << 32, 1L << 32),
        new JsonArray(ulong.MaxValue, 2),
    ];

    private sealed record Mutation(int Tensors, int Target, int Field, int Value, int Kind, int Extra);

    private static readonly Gen<Mutation> Mutations = Gen.Select(
        Gen.Int[1, 4],
        Gen.Int[0, 3],
        Gen.Int[0, 3],
        Gen.Int[0, OddValues.Length - 1],
        Gen.Int[0, 6],
        Gen.Int[-9, 9],
        (tensors, target, field, value, kind, extra) => new Mutation(tensors, target % tensors, field, value, kind, extra)
    );

    [Fact]
    public void A_mutated_file_is_refused_or_keeps_every_promise_of_the_format()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        string path = folder["m.safetensors"];
        int refused = 0;
        int read = 0;
        Mutations.Sample(
            mutation =>
            {
                byte[] bytes = Apply(mutation);
                File.WriteAllBytes(path, bytes);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    using SafetensorsFile file = SafetensorsFile.Open(path);
                    CheckPromises(file, bytes);
                    read++;
                }
                catch (SimperException)
                {
                    refused++;
                }
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
            },
            seed: Seed,
            iter: Iterations,
            threads: 1
        );
        Assert.InRange(refused, Iterations / 4, Iterations);
        Assert.InRange(read, Iterations / 50, Iterations);
        Counts.Tell(15, $"{Iterations} mutations of safetensors headers: {refused} refused, {read} read, each promise kept");
    }

    private static void CheckPromises(SafetensorsFile file, byte[] bytes)
    {
        long end = 8 + BitConverter.ToInt64(bytes);
        foreach (StoredTensor tensor in file.Tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.Bytes))
        {
            Assert.Equal(end, tensor.Offset);
            Assert.Equal(tensor.Bytes, tensor.Shape.Aggregate(1L, (a, b) => checked(a * b)) * tensor.Type.Bits / 8);
            end += tensor.Bytes;
            using torch.Tensor values = file.Read(tensor.Name);
            Assert.Equal(tensor.Shape, values.shape);
        }
        Assert.Equal(bytes.Length, end);
    }

    private static byte[] Apply(Mutation m)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        for (int i = 0; i < m.Tensors; i++)
            header[$"t{i}"] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray(2, i),
                ["data_offsets"] = new JsonArray(4 * i * (i - 1), 4 * i * (i + 1)),
            };
        int data = 4 * m.Tensors * (m.Tensors - 1);
        JsonObject tensor = header[$"t{m.Target}"]!.AsObject();
        string[] keys = ["dtype", "shape", "data_offsets", "other"];
        switch (m.Kind)
        {
            case 0:
                tensor[keys[m.Field]] = OddValues[m.Value]?.DeepClone();
                break;
            case 1:
                tensor.Remove(keys[m.Field]);
                break;
            case 2:
                (tensor[m.Field % 2 == 0 ? "shape" : "data_offsets"] as JsonArray)![m.Extra & 1] = OddValues[m.Value]
                    ?.DeepClone();
                break;
            case 3:
                header[$"t{m.Target}"] = OddValues[m.Value]?.DeepClone();
                break;
            case 4:
                data = Math.Max(0, data + m.Extra);
                break;
        }
        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        if (m.Kind == 5)
            json[(m.Value * 7 + m.Target) % json.Length] ^= (byte)(1 << (m.Extra & 7));
        ulong length = m.Kind == 6 ? (ulong)(json.Length + m.Extra) : (ulong)json.Length;
        return SafetensorsBytes.Of(json, data, length);
    }
}
