using System.Globalization;

namespace Simper.Runs;

/// <summary>The recipe keys of what a run does around its steps.</summary>
internal static class RunKeys
{
    public static IReadOnlyList<BoundKey> All { get; } =
    [
        .. BoundKey.Under(
            "Order",
            BoundKey.Whole(
                "seed",
                "order of the data, split, samples",
                (0, long.MaxValue),
                r => r.Seed,
                (r, v) => r with { Seed = v }
            ) with
            {
                Aliases = ["data_seed"],
            },
            BoundKey.Choice(
                "train_sampling_strategy",
                "random gives each epoch an order of its own, sequential is the file's order",
                [("random", true), ("sequential", false)],
                r => r.Shuffle,
                (r, v) => r with { Shuffle = v }
            )
        ),
        .. BoundKey.Under(
            "Evaluation and logs",
            BoundKey.Whole(
                "eval_steps",
                "evaluate every so many steps; 0 before and after only",
                (0, int.MaxValue),
                r => r.EvalSteps,
                (r, v) => r with { EvalSteps = (int)v }
            ),
            BoundKey.Whole(
                "logging_steps",
                "log every so many steps",
                (1, int.MaxValue),
                r => r.LoggingSteps,
                (r, v) => r with { LoggingSteps = (int)v }
            ),
            BoundKey.Choice(
                "ledger",
                "which pairs are recorded one by one, for simper ledger: the held-out ones at every evaluation and the training "
                    + "pairs of each step, only the former, or none",
                [("all", LedgerScope.All), ("held_out", LedgerScope.HeldOut), ("no", LedgerScope.No)],
                r => r.Ledger,
                (r, v) => r with { Ledger = v }
            ),
            BoundKey.Whole(
                "ledger_train_rows",
                "how many training pairs every evaluation scores too, for the ledger alone; 0 for none",
                (0, int.MaxValue),
                r => r.LedgerTrainRows,
                (r, v) => r with { LedgerTrainRows = (int)v }
            ),
            BoundKey.Whole(
                "samples",
                "held-out prompts that are answered before and after",
                (0, 1000),
                r => r.Samples,
                (r, v) => r with { Samples = (int)v }
            ),
            BoundKey.Whole(
                "sample_tokens",
                "longest answer to them",
                (1, int.MaxValue),
                r => r.SampleTokens,
                (r, v) => r with { SampleTokens = (int)v }
            )
        ),
        .. BoundKey.Under(
            "Checkpoints",
            BoundKey.Choice(
                "save_strategy",
                "when a checkpoint is written, from which a stopped run can go on",
                [("no", SaveStrategy.No), ("steps", SaveStrategy.Steps), ("epoch", SaveStrategy.Epoch)],
                r => r.SaveStrategy,
                (r, v) => r with { SaveStrategy = v }
            ),
            BoundKey.Number(
                "save_steps",
                "steps between two checkpoints; below 1 a share of all steps",
                (1e-6, int.MaxValue),
                r => r.SaveSteps,
                (r, v) => r with { SaveSteps = WholeOrShare(v) }
            ),
            BoundKey.Whole(
                "save_total_limit",
                "how many checkpoints are kept, the newest; 0 for all",
                (0, int.MaxValue),
                r => r.SaveTotalLimit,
                (r, v) => r with { SaveTotalLimit = (int)v }
            ),
            BoundKey.Text(
                "resume_from_checkpoint",
                "go on from a checkpoint: its folder, or true for the newest whole one in output_dir",
                r => r.ResumeFromCheckpoint,
                (r, v) =>
                    r with
                    {
                        ResumeFromCheckpoint = v?.ToLowerInvariant() switch
                        {
                            "false" => null,
                            "true" => "true",
                            _ => v,
                        },
                    }
            ) with
            {
                Aliases = ["resume"],
                MayBeBare = true,
            },
            new BoundKey(
                "resume_override",
                "what may differ from the checkpoint that the run goes on from: recipe, data, or both; without it any "
                    + "difference is refused",
                RecipeKeyKind.Choice
            )
            {
                Choices = ["recipe", "data"],
                MayBeList = true,
                Set = (r, v) => r with { ResumeOverride = v.Choices(Overrides).Aggregate(ResumeOverride.None, (a, b) => a | b) },
                Get = r => Written(r.ResumeOverride),
            }
        ),
        .. BoundKey.Under(
            "Folders",
            BoundKey.Text("output_dir", "the run's folder", r => r.OutputDir, (r, v) => r with { OutputDir = v ?? "" }),
            BoundKey.Flag(
                "overwrite_output_dir",
                "replace an earlier run",
                r => r.OverwriteOutputDir,
                (r, v) => r with { OverwriteOutputDir = v }
            ),
            BoundKey.Text(
                "cache_dir",
                "folder in which tokenized data is kept between runs",
                r => r.CacheDir,
                (r, v) => r with { CacheDir = v }
            )
        ),
    ];

    // Not a field: those above it are made first, and read it.
    private static (string Name, ResumeOverride Value)[] Overrides =>
        [("recipe", ResumeOverride.Recipe), ("data", ResumeOverride.Data)];

    private static string Written(ResumeOverride allowed) =>
        Overrides.Where(o => (o.Value & allowed) != 0).Select(o => o.Name).ToArray() switch
        {
            [] => "",
            [var one] => one,
            var both => $"[{string.Join(", ", both)}]",
        };

    private static double WholeOrShare(double steps) =>
        steps < 1 || double.IsInteger(steps)
            ? steps
            : throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"save_steps is {steps}; give a whole number of steps, or below 1 a share of all."
                )
            );
}
