using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs;

/// <summary>Short runs of the demo's model on a few of its pairs.</summary>
internal static class DemoRecipe
{
    /// <summary>The demo's model and pairs.</summary>
    public static readonly string Files = Path.Combine(SharedFiles.Repository, "assets", "demo");

    /// <summary>A recipe of pairs that are written to a folder, which the run's goes into too.</summary>
    public static Recipe In(TemporaryFolder folder, int rows = 12, int heldOut = 4, string output = "run")
    {
        Copy("train.jsonl", rows);
        Copy("heldout.jsonl", heldOut);
        return new Recipe
        {
            ModelNameOrPath = Path.Combine(Files, "model"),
            DatasetName = folder["train.jsonl"],
            EvalDatasetName = folder["heldout.jsonl"],
            Dtype = Precision.Float32,
            LearningRate = 3e-4,
            TrainBatchSize = 2,
            Samples = 0,
            OutputDir = folder[output],
        };

        void Copy(string name, int lines) =>
            File.WriteAllLines(folder[name], File.ReadLines(Path.Combine(Files, name)).Take(lines));
    }
}
