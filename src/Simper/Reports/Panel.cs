using Simper.Evaluation;

namespace Simper.Reports;

/// <summary>A figure of the training curves: which logged metrics it shows, and how.</summary>
/// <param name="File">The name of its files.</param>
/// <param name="Title">Its title.</param>
/// <param name="YLabel">The label of the vertical axis, with its unit.</param>
/// <param name="Series">The metrics, with their labels.</param>
internal sealed record Panel(string File, string Title, string YLabel, params (string Metric, string Name)[] Series)
{
    /// <summary>Factor on the logged values.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What the figure shows, in one sentence below it.</summary>
    public string Note { get; init; } = "";

    /// <summary>All panels, in page order.</summary>
    public static readonly IReadOnlyList<Panel> All =
    [
        new("loss", "Loss", "loss", ("loss", ""))
        {
            Note =
                "SimPER's lies between −1 (perfect) and 1, at 0 where both answers are equally likely; other objectives "
                + "have scales of their own.",
        },
        new("accuracy", "Reward accuracy", "% of pairs", ("rewards/accuracies", ""))
        {
            Scale = 100,
            Note = "Pairs whose chosen answer has the higher reward.",
        },
        new("margin", "Reward margin", "chosen less rejected", ("rewards/margins", ""))
        {
            Note = "Mean reward of chosen less that of rejected answers.",
        },
        new("logprob", "Mean log-prob", "nats per token", ("logps/chosen_mean", "chosen"), ("logps/rejected_mean", "rejected"))
        {
            Note = "The chosen line should not fall: a margin can also grow because both fall.",
        },
        new("perplexity", "Perplexity", "exp(−mean log-prob)", ("ppl/chosen", "chosen"), ("ppl/rejected", "rejected")),
        new(
            "probability",
            "Inverse perplexity",
            "mean of exp(mean log-prob)",
            ("prob/chosen", "chosen"),
            ("prob/rejected", "rejected")
        )
        {
            Note = "What SimPER raises for chosen and lowers for rejected answers; also how hard each side is pulled.",
        },
        new(
            "gradient-balance",
            "Gradient balance",
            "mean coefficient",
            ("gradients/chosen", "chosen"),
            ("gradients/rejected", "rejected")
        )
        {
            Note = "How hard the loss pulls at the chosen and pushes at the rejected answers.",
        },
        new("gradient-norm", "Gradient norm", "norm before clipping", ("grad_norm", "")),
        new(
            "length",
            "Answer length",
            "scored tokens",
            ("completions/length_chosen", "chosen"),
            ("completions/length_rejected", "rejected")
        )
        {
            Note = "Of the data, as it came up: a drift here explains drifts elsewhere.",
        },
        new("learning-rate", "Learning rate", "learning rate", ("learning_rate", "")),
        new(
            "health-perplexity",
            "Health: perplexity",
            "perplexity per token",
            ("health/ppl_chosen", "chosen answers"),
            ("health/ppl_text", "text")
        )
        {
            Note = "Of held-out rows; twice the first point is trouble.",
        },
        new(
            "health-answers",
            "Health: greedy answers",
            "share",
            ("health/stop_chance", "chance to end"),
            ("health/repetition", "repetition"),
            ("health/at_limit", "unended")
        )
        {
            Note = "How sure chosen answers are to end, and how answers to held-out prompts repeat themselves or go on.",
        },
        new("tokens-per-second", "Throughput", "tokens per second", ("tokens_per_second", "")),
        new("pairs-per-second", "Throughput in pairs", "pairs per second", ("pairs_per_second", "")),
        new("memory", "Peak memory", "GB", ("peak_memory_bytes", "")) { Scale = 1e-9 },
    ];

    /// <summary>Whether a run logged any of its metrics.</summary>
    public bool IsIn(RunRecord run) =>
        Series.Any(s => run.Metrics[s.Metric].Steps.Count + run.Metrics["eval_" + s.Metric].Steps.Count > 0);

    /// <summary>The curves of one run: one colour per metric, held-out points marked.</summary>
    public Figure Of(RunRecord run) =>
        Empty() with
        {
            Curves =
            [
                .. Series.SelectMany(
                    (s, i) => Curves(run, s.Metric, [s.Name, "training"], [s.Name, "held out"], colour: i, dashed: false)
                ),
            ],
        };

    /// <summary>The curves of several runs: one colour per run, the second metric dashed.</summary>
    public Figure Of(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names) =>
        Empty() with
        {
            Curves =
            [
                .. runs.SelectMany(
                    (run, r) =>
                        Series.SelectMany(
                            (s, i) =>
                                Curves(run, s.Metric, [names[r], s.Name], [], colour: r, dashed: i == 1).Where(c => !c.Faint)
                        )
                ),
            ],
        };

    private Figure Empty() =>
        new()
        {
            Title = Title,
            XLabel = "step",
            YLabel = YLabel,
        };

    private IEnumerable<Curve> Curves(RunRecord run, string metric, string[] name, string[] heldOutName, int colour, bool dashed)
    {
        (IReadOnlyList<double> steps, IReadOnlyList<double> logged) = run.Metrics[metric];
        double[] values = [.. logged.Select(v => Scale * v)];
        if (steps.Count > 0 && steps.Count < 40)
            yield return new Curve(Name(name), steps, values) { Colour = colour, Dashed = dashed };
        else if (steps.Count > 0)
        {
            // Long curves are noisy: raw values are drawn faintly behind their running mean.
            (double[] x, double[] y) = Thinning.Extremes(steps, values);
            yield return new Curve("", x, y) { Colour = colour, Faint = true };
            (x, y) = Thinning.Extremes(steps, Thinning.Smoothed(values, steps.Count / 20));
            yield return new Curve(Name(name), x, y) { Colour = colour, Dashed = dashed };
        }
        (IReadOnlyList<double> at, IReadOnlyList<double> heldOut) = run.Metrics["eval_" + metric];
        if (at.Count > 0)
        {
            Interval[]? ends = metric == "rewards/accuracies" ? Wilson(run, heldOut) : null;
            yield return new Curve(Name(heldOutName), at, [.. heldOut.Select(v => Scale * v)])
            {
                Colour = colour,
                Points = true,
                Line = false,
                Low = ends is null ? null : [.. ends.Select(e => Scale * e.Low)],
                High = ends is null ? null : [.. ends.Select(e => Scale * e.High)],
            };
        }
    }

    private static Interval[]? Wilson(RunRecord run, IReadOnlyList<double> shares) =>
        run.Figure("after", "pairs") is >= 1 and var pairs
            ? [.. shares.Select(s => Interval.OfShare((int)Math.Round(s * pairs), (int)pairs))]
            : null;

    private static string Name(string[] parts) => string.Join(", ", parts.Where(p => p.Length > 0));
}
