using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Runs;
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

    [Fact]
    public void A_position_reads_back_as_it_was()
    {
        string path = _folder["checkpoint-3"];
        RunPosition position = SavedStates.Position(3);
        using torch.Tensor weights = torch.rand(7, 5);
        using torch.Tensor low = torch.zeros(7, 5, dtype: torch.ScalarType.Int16);
        using var state = new StateSnapshot(
            new CheckpointFiles { Config = new JsonObject { ["model_type"] = "llama" } },
            torch.ScalarType.Float32,
            [SavedTensor.Of("model.norm.weight", () => weights.alias())],
            [("first_moments/norm", weights), ("reference/norm/low_bits", low)]
        );
        RunCheckpoint.Write(path, state, position);
        RunPosition read = RunCheckpoint.Open(path).Position;
        Assert.Equal(position.ToJson().ToJsonString(), read.ToJson().ToJsonString());
    }

    [Fact]
    public void A_changed_bit_or_a_cut_is_noticed_in_every_file_and_an_older_checkpoint_taken()
    {
        string run = _folder["run"];
        using (RunFolder folder = RunFolder.Create(run, overwrite: false))
        using (RunCheckpoints checkpoints = SavedStates.Of(folder, limit: null))
        {
            checkpoints.Save(folder, 2);
            checkpoints.Save(folder, 3);
        }
        string newest = Path.Combine(run, "checkpoint-3");
        var random = new Random(5);
        (int bits, int cuts) = (Counts.Of(60, 500), Counts.Of(25, 200));
        foreach (string file in Directory.GetFiles(newest))
        {
            byte[] whole = File.ReadAllBytes(file);
            for (int i = 0; i < bits; i++)
            {
                byte[] damaged = [.. whole];
                damaged[random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));
                Refuses(damaged);
            }
            for (int i = 0; i < cuts; i++)
                Refuses(whole[..random.Next(whole.Length - 1)]); // the newline at the end of the manifest is no loss
            File.Delete(file);
            ExpectOlder();
            File.WriteAllBytes(file, whole);

            void Refuses(byte[] damaged)
            {
                File.WriteAllBytes(file, damaged);
                ExpectOlder();
                File.WriteAllBytes(file, whole);
            }
        }
        Assert.Equal(3, RunCheckpoints.Find(run, "true", []).Position.Step);
        Counts.Tell(7, $"{bits} flipped bits and {cuts} cuts in each of 5 files: all noticed, the older checkpoint taken");

        void ExpectOlder()
        {
            Assert.Throws<SimperException>(() => RunCheckpoint.Open(newest));
            var notes = new List<string>();
            Assert.Equal(2, RunCheckpoints.Find(run, "true", notes).Position.Step);
            Assert.EndsWith("an older checkpoint is tried", Assert.Single(notes), StringComparison.Ordinal);
        }
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
}
