using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Tensors;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Runs.Resuming;

/// <summary>Small states of runs, each of which carries its step in every value.</summary>
internal static class SavedStates
{
    /// <summary>The file of what there is beside the weights.</summary>
    public const string Optimizer = "optimizer.safetensors";

    private static readonly CheckpointFiles Files = new() { Config = new JsonObject { ["model_type"] = "llama" } };

    /// <summary>A file in a subfolder.</summary>
    public const string Template = "additional_chat_templates/tools.jinja";

    private static readonly CheckpointFiles WithTemplate = Files with
    {
        Others = new Dictionary<string, byte[]> { [Template] = [.. "{{ messages }}"u8] },
    };

    /// <summary>Where a run is after a number of steps.</summary>
    public static RunPosition Position(int step, IReadOnlyDictionary<string, long>? logs = null) =>
        new()
        {
            Step = step,
            Recipe = "loss_type: simper\n",
            Model = "1",
            Data = "2",
            Program = RunIdentity.Program(),
            Passes = new PassSizes(2048, 4096, 0, 4096),
            Logs = logs ?? new Dictionary<string, long> { ["metrics.jsonl"] = 0 },
            Totals = new RunTotals { Steps = step },
        };

    /// <summary>Saves the state of a step; the tensors hold so many values each. A template lies in a subfolder.</summary>
    public static void Save(
        this RunCheckpoints checkpoints,
        RunFolder folder,
        int step,
        long values = 35,
        bool hasTemplate = false
    )
    {
        using Tensor weights = HeldNumbers.Filled(step, ScalarType.Float32, values);
        using Tensor first = HeldNumbers.Filled(step, ScalarType.Float32, values);
        using Tensor second = HeldNumbers.Filled(step, ScalarType.Float32, values);
        using var state = new StateSnapshot(
            hasTemplate ? WithTemplate : Files,
            ScalarType.Float32,
            [SavedTensor.Of("model.norm.weight", () => weights.alias())],
            [("first_moments/norm", first), ("second_moments/norm", second)]
        );
        checkpoints.Save(state, Position(step, folder.SettleLogs()));
    }

    /// <summary>A folder's checkpoints that write on the calling thread.</summary>
    public static RunCheckpoints Of(RunFolder folder, int? limit, Action<FolderStep>? watch = null) =>
        new(folder, limit, memory: 0) { Watch = watch };

    /// <summary>The steps of the checkpoints that are whole, the newest first: files, hashes and values.</summary>
    public static List<int> Whole(string run)
    {
        var steps = new List<int>();
        foreach (string path in RunCheckpoints.In(run))
        {
            try
            {
                RunCheckpoint opened = RunCheckpoint.Open(path);
                ExpectValues(opened);
                steps.Add(opened.Position.Step);
            }
            catch (SimperException)
            {
                // Not whole.
            }
        }
        return steps;
    }

    /// <summary>Expects that all values of a checkpoint are those of its step.</summary>
    public static void ExpectValues(RunCheckpoint checkpoint)
    {
        foreach (string part in (string[])["model.safetensors", Optimizer])
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(checkpoint.Path, part));
            foreach (string name in file.Tensors.Keys)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor values = file.Read(name);
                Assert.Equal(checkpoint.Position.Step, (int)values.min().item<float>());
                Assert.Equal(checkpoint.Position.Step, (int)values.max().item<float>());
            }
        }
    }

    /// <summary>Folders that are left of saves or removals that were not completed.</summary>
    public static string[] Leftovers(string run) => Directory.GetDirectories(run, "*.tmp-*");
}
