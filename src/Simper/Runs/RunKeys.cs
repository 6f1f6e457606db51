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
}
