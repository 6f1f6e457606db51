using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Runs.Resuming;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Training;
using TorchSharp;

namespace Simper.Tests.Runs.Resuming;

/// <summary>Whatever happens to the files of a checkpoint is noticed before a tensor is read.</summary>
public sealed class RunCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Written()
    {
        string path = _folder["checkpoint-3"];
        using torch.Tensor weights = torch.rand(7, 5);
        using torch.Tensor low = torch.zeros(7, 5, dtype: torch.ScalarType.Int16);
        using var state = new StateSnapshot(
            new CheckpointFiles { Config = new JsonObject { ["model_type"] = "llama" } },
            torch.ScalarType.Float32,
            [("model.norm.weight", () => weights.alias())],
            [("first_moments/norm", weights), ("reference/norm/low_bits", low)]
        );
        RunCheckpoint.Write(path, state, Position());
        return path;
    }

    private static RunPosition Position() =>
        new()
        {
            Step = 3,
            Recipe = "loss_type: simper\n",
            Model = "1",
            Data = "2",
            Program = RunIdentity.Program(),
            Passes = new PassSizes(2048, 4096, 0, 4096),
            Logs = new Dictionary<string, long> { ["metrics.jsonl"] = 0 },
            Totals = new RunTotals { Steps = 3 },
        };

    [Fact]
    public void A_position_reads_back_as_it_was()
    {
        RunPosition read = RunCheckpoint.Open(Written()).Position;
        Assert.Equal(Position().ToJson().ToJsonString(), read.ToJson().ToJsonString());
    }

    [Fact]
    public void A_changed_bit_or_a_cut_is_noticed_in_every_file()
    {
        string path = Written();
        var random = new Random(5);
        foreach (string file in Directory.GetFiles(path))
        {
            byte[] whole = File.ReadAllBytes(file);
            for (int i = 0; i < 60; i++)
            {
                byte[] damaged = [.. whole];
                damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
                Refuses(damaged, $"bit of {file}");
            }
            for (int i = 0; i < 25; i++)
                Refuses(whole[..random.Next(whole.Length)], $"length of {file}");
            File.Delete(file);
            Assert.Throws<SimperException>(() => RunCheckpoint.Open(path));
            File.WriteAllBytes(file, whole);

            void Refuses(byte[] damaged, string what)
            {
                File.WriteAllBytes(file, damaged);
                bool isSame = TryOpen(path) is { } opened && opened == Position().ToJson().ToJsonString();
                // In the manifest a step that nothing reads, or white space, may change.
                if (!file.EndsWith("manifest.json", StringComparison.Ordinal))
                    Assert.False(isSame, what);
                File.WriteAllBytes(file, whole);
            }
        }
        RunCheckpoint.Open(path);
    }

    [Fact]
    public void Names_of_checkpoints_are_known_from_others()
    {
        Assert.All(["checkpoint-1", "checkpoint-500", "checkpoint-4.tmp-0123abcd"], n => Assert.True(RunCheckpoints.IsName(n)));
        Assert.All(
            ["checkpoint-", "checkpoint-x", "checkpoint-1-mine", "checkpoint-12345678901", "my-checkpoint-1"],
            n => Assert.False(RunCheckpoints.IsName(n))
        );
    }

    private static string? TryOpen(string path)
    {
        try
        {
            return RunCheckpoint.Open(path).Position.ToJson().ToJsonString();
        }
        catch (SimperException)
        {
            return null;
        }
    }
}
