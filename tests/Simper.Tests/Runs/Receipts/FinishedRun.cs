using Simper.Runs;
using Simper.Runs.Receipts;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Receipts;

/// <summary>A run that tests copy, each into a folder of its own, before they change anything of it.</summary>
public sealed class FinishedRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FinishedRun()
    {
        foreach (RunEvent happened in new TrainingRun(DemoRecipe.In(_folder, rows: 14)).Events())
        {
            if (happened is RunEvent.Evaluation { When: "before" })
                Begun = RunReceipt.Read(_folder["run"]);
        }
    }

    /// <summary>The receipt before the first step.</summary>
    public RunReceipt? Begun { get; }

    /// <summary>The receipt at the end.</summary>
    public RunReceipt Receipt => RunReceipt.Read(_folder["run"]);

    public void Dispose() => _folder.Dispose();

    /// <summary>Copies the run as run, its model as model, its rows as train.jsonl and heldout.jsonl.</summary>
    internal void CopyTo(TemporaryFolder folder)
    {
        Copy(_folder["run"], folder["run"]);
        Copy(Path.Combine(DemoRecipe.Files, "model"), folder["model"]);
        foreach (string name in (string[])["train.jsonl", "heldout.jsonl"])
            File.Copy(_folder[name], folder[name]);
    }

    /// <summary>A check of a copy.</summary>
    internal static ReceiptCheck Check(TemporaryFolder folder) =>
        new(folder["run"])
        {
            Moved =
            [
                ("model_name_or_path", folder["model"]),
                ("dataset_name", folder["train.jsonl"]),
                ("eval_dataset_name", folder["heldout.jsonl"]),
            ],
        };

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
