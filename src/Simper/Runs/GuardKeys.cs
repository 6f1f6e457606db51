using Simper.Training;

namespace Simper.Runs;

/// <summary>The recipe keys of what watches over a run, and of which of its checkpoints becomes the model.</summary>
internal static class GuardKeys
{
    public static IReadOnlyList<BoundKey> All { get; } =
    [
        .. BoundKey.Under(
            "Best checkpoint",
            BoundKey.Flag(
                "load_best_model_at_end",
                "save the best checkpoint as the model, instead of what the last step left",
                r => r.LoadBestModelAtEnd,
                (r, v) => r with { LoadBestModelAtEnd = v }
            ),
            BoundKey.Text(
                "metric_for_best_model",
                "the held-out figure that decides which checkpoint is best, with or without eval_; empty is loss",
                r => r.MetricForBestModel,
                (r, v) => r with { MetricForBestModel = v }
            ),
            new BoundKey(
                "greater_is_better",
                "whether more of that figure is better; empty takes what is usual for it",
                RecipeKeyKind.Flag
            )
            {
                Set = (r, v) => r with { GreaterIsBetter = v.Flag() },
                Get = r =>
                    r.GreaterIsBetter switch
                    {
                        null => "",
                        true => "true",
                        false => "false",
                    },
            }
        ),
        .. BoundKey.Under(
            "Guards",
            BoundKey.Choice(
                "non_finite",
                "what happens at a step whose loss or gradient is not finite: stop the run, or skip the step",
                [("stop", NonFiniteRule.Stop), ("skip", NonFiniteRule.Skip)],
                r => r.NonFinite,
                (r, v) => r with { NonFinite = v }
            ),
            BoundKey.Choice(
                "spikes",
                "what happens at a step whose loss or gradient norm leaps: apply it like any other, or skip it",
                [("apply", SpikeRule.Apply), ("skip", SpikeRule.Skip)],
                r => r.Spikes,
                (r, v) => r with { Spikes = v }
            ),
            BoundKey.Choice(
                "health",
                "watch perplexities, endings and repetition of held-out rows, and on trouble: warn, lower the learning rate, or "
                    + "roll back to the latest healthy checkpoint as well",
                [
                    ("off", HealthResponse.Off),
                    ("warn", HealthResponse.Warn),
                    ("lower_rate", HealthResponse.LowerRate),
                    ("rollback", HealthResponse.Rollback),
                ],
                r => r.Health,
                (r, v) => r with { Health = v }
            ),
            BoundKey.Whole(
                "health_steps",
                "steps between two such checks; 0 takes eval_steps, or a tenth of the run",
                (0, int.MaxValue),
                r => r.HealthSteps,
                (r, v) => r with { HealthSteps = (int)v }
            ),
            BoundKey.Text(
                "health_text",
                "a text file whose perplexity is watched; empty takes the prompts of held-out rows",
                r => r.HealthText,
                (r, v) => r with { HealthText = v }
            ),
            BoundKey.Number(
                "health_rate_factor",
                "what the learning rate is multiplied by on trouble",
                (0, 1),
                r => r.HealthRateFactor,
                (r, v) => r with { HealthRateFactor = v }
            ),
            BoundKey.Whole(
                "health_max_rollbacks",
                "so many rollbacks, and the next trouble ends the run",
                (0, 1000),
                r => r.HealthMaxRollbacks,
                (r, v) => r with { HealthMaxRollbacks = (int)v }
            )
        ),
    ];
}
