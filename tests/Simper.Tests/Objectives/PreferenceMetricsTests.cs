using Simper.Objectives;

namespace Simper.Tests.Objectives;

/// <summary>Averages over a few outcomes whose numbers can be added by hand.</summary>
public class PreferenceMetricsTests
{
    // Mean log-probs are -1 and -2 (first pair), -3 and -.5 (second pair).
    private static readonly PairOutcome First = new(1, 3, 2, 0.5, 0.2, -4, -10, 4, 5)
    {
        ChosenGradient = -0.5,
        RejectedGradient = 0.25,
        Figures = [("shift", 1), ("kl", 4)],
    };

    private static readonly PairOutcome Second = new(2, 1, 1, -0.1, 0.3, -6, -2, 2, 4)
    {
        ChosenGradient = -1,
        RejectedGradient = 0.75,
        Figures = [("shift", 3), ("kl", 10)],
    };

    private static readonly PairOutcome Good = new(3, 1, 1, 0.4, double.NaN, -3, double.NaN, 3, 0);

    private static readonly PairOutcome Bad = new(4, 1, 1, double.NaN, -0.2, double.NaN, -8, 0, 2);

    private static PreferenceMetrics Of(params PairOutcome[] outcomes) => PreferenceMetrics.Of(outcomes, false);

    private static void Expect(Dictionary<string, double> expected, PreferenceMetrics metrics)
    {
        IReadOnlyDictionary<string, double> named = metrics.Named();
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), named.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, e => Assert.Equal(e.Value, named[e.Key], 1e-12));
    }

    private static readonly Dictionary<string, double> OfBoth = new()
    {
        ["loss"] = 4 / 3.0,
        ["rewards/chosen"] = 0.2,
        ["rewards/rejected"] = 0.25,
        ["rewards/accuracies"] = 0.5,
        ["rewards/margins"] = -0.05,
        ["logps/chosen"] = -5,
        ["logps/rejected"] = -6,
        ["logps/chosen_mean"] = -2,
        ["logps/rejected_mean"] = -1.25,
        ["ppl/chosen"] = Math.Exp(2),
        ["ppl/rejected"] = Math.Exp(1.25),
        ["prob/chosen"] = (Math.Exp(-1) + Math.Exp(-3)) / 2,
        ["prob/rejected"] = (Math.Exp(-2) + Math.Exp(-0.5)) / 2,
        ["completions/length_chosen"] = 3,
        ["completions/length_rejected"] = 4.5,
        ["gradients/chosen"] = 0.75,
        ["gradients/rejected"] = 0.5,
        ["shift"] = 2,
        ["kl"] = 7,
    };

    [Fact]
    public void Answers_of_one_token_are_answers()
    {
        var pair = new PairOutcome(1, 1, 1, 0.5, 0.2, -4, -10, 1, 1);
        Assert.Equal((-4, -10), (pair.ChosenMean, pair.RejectedMean));
        IReadOnlyDictionary<string, double> named = Of(pair).Named();
        Assert.Equal(1, named["rewards/accuracies"]);
        Assert.Equal(0.3, named["rewards/margins"], 12);
        Assert.Equal(1, Of(First).Named()["shift"]); // further figures of a single pair
        Assert.Equal((-4, -10), (named["logps/chosen"], named["logps/rejected"]));
        Assert.Equal((1, 1), (named["completions/length_chosen"], named["completions/length_rejected"]));
    }

    [Fact]
    public void One_pair_among_single_answers_is_compared()
    {
        PreferenceMetrics metrics = Of(Good, First, Bad);
        Assert.True(metrics.HasRejected);
        Assert.Equal(1, metrics.RewardAccuracy);
        Assert.Equal(0.3, metrics.RewardMargin, 12);
    }

    [Fact]
    public void Every_figure_of_two_pairs_is_their_mean() => Expect(OfBoth, Of(First, Second));

    [Fact]
    public void Log_probs_are_means_per_token_where_the_objective_reports_these() =>
        Expect(
            new(OfBoth) { ["logps/chosen"] = -2, ["logps/rejected"] = -1.25 },
            PreferenceMetrics.Of([First, Second], reportsMeanLogProbs: true)
        );

    [Fact]
    public void A_share_weighs_a_pair_in_every_mean()
    {
        PreferenceMetrics metrics = Of(First, Second with { Share = 0.5 });
        Assert.Equal((3 + 0.5) / (2 + 0.5), metrics.Loss, 1e-12);
        Assert.Equal((0.3 - 0.2) / 1.5, metrics.RewardMargin, 1e-12);
        Assert.Equal((-1 - 1.5) / 1.5, metrics.ChosenMeanLogProb, 1e-12);
        Assert.Equal((-2 - 0.25) / 1.5, metrics.RejectedMeanLogProb, 1e-12);
        Assert.Equal(1 / 1.5, metrics.RewardAccuracy, 1e-12);
    }

    [Fact]
    public void Micro_batches_that_are_weighted_equally_count_once_each_whatever_their_size()
    {
        PairOutcome third = First with { ChosenReward = 1, RejectedReward = 0.1, Batch = 1 };
        PreferenceMetrics metrics = Of(First with { Batch = 0 }, Second with { Batch = 0 }, third);
        Assert.True(metrics.CountsBatchesAlike);
        Assert.Equal((-0.05 + 0.9) / 2, metrics.RewardMargin, 1e-12);
        Assert.Equal((0.5 + 1) / 2, metrics.RewardAccuracy, 1e-12);
        Assert.Equal((-2 - 1) / 2.0, metrics.ChosenMeanLogProb, 1e-12);
        Assert.Equal((2 + 1) / 2.0, metrics.Named()["shift"], 1e-12);
        Assert.False(Of(First).CountsBatchesAlike);
    }

    [Fact]
    public void Rows_that_are_not_logged_keep_their_loss_and_length_but_no_reward_or_log_prob()
    {
        IReadOnlyDictionary<string, double> named = Of(First, Second with { IsLogged = false }).Named();
        Assert.Equal(4 / 3.0, named["loss"], 1e-12);
        Assert.Equal(3, named["completions/length_chosen"], 1e-12);
        Assert.Equal(0.5, named["rewards/chosen"], 1e-12);
        Assert.Equal(1, named["rewards/accuracies"], 1e-12);
        Assert.Equal(-4, named["logps/chosen"], 1e-12);
    }

    [Fact]
    public void Single_answers_have_a_margin_of_means_and_no_accuracy()
    {
        PreferenceMetrics metrics = Of(Good, Bad, Bad with { RejectedReward = -0.6 });
        Assert.False(metrics.HasRejected);
        Assert.Equal(0.4 + 0.4, metrics.RewardMargin, 1e-12);
        IReadOnlyDictionary<string, double> named = metrics.Named();
        Assert.False(named.ContainsKey("rewards/accuracies"));
        Assert.Equal(0.8, named["rewards/margins"], 1e-12);
        Assert.Equal(3, named["completions/length_chosen"], 1e-12);
        Assert.Equal(2, named["completions/length_rejected"], 1e-12);
        Assert.False(named.ContainsKey("gradients/chosen")); // not computed
    }

    [Fact]
    public void Single_answers_of_equal_micro_batches_have_the_mean_of_margins_of_those_with_both_kinds()
    {
        PreferenceMetrics metrics = Of(
            Good with
            {
                Batch = 0,
            },
            Bad with
            {
                Batch = 0,
            },
            Good with
            {
                Batch = 1,
                ChosenReward = 9,
            },
            Good with
            {
                Batch = 2,
                ChosenReward = 1,
            },
            Bad with
            {
                Batch = 2,
            }
        );
        Assert.Equal((0.6 + 1.2) / 2, metrics.RewardMargin, 1e-12);
        Assert.False(Of(Good with { Batch = 0 }, Bad with { Batch = 1 }).Named().ContainsKey("rewards/margins"));
    }

    [Fact]
    public void A_side_without_answers_has_no_figures()
    {
        Assert.DoesNotContain(
            Of(Good).Named().Keys,
            k => k.Contains("rejected", StringComparison.Ordinal) || k == "rewards/margins"
        );
        Assert.DoesNotContain(
            Of(Bad).Named().Keys,
            k => k.Contains("chosen", StringComparison.Ordinal) || k == "rewards/margins"
        );
        Assert.Equal(-0.2, Of(Bad).Named()["rewards/rejected"], 1e-12);
    }

    [Fact]
    public void Equal_rewards_are_no_win_and_shown_as_chance()
    {
        PairOutcome tie = First with { ChosenReward = 0.5, RejectedReward = 0.5 };
        Assert.False(tie.IsRight);
        PreferenceMetrics ties = Of(tie, tie);
        Assert.True(ties.IsAllTies);
        Assert.Equal(0, ties.RewardAccuracy);
        Assert.Equal(0.5, ties.ShownAccuracy);

        PreferenceMetrics some = Of(tie, First);
        Assert.False(some.IsAllTies);
        Assert.Equal(0.5, some.ShownAccuracy);
        Assert.Equal(1, Of(First).ShownAccuracy);
        Assert.False(Of(Good).IsAllTies); // there is nothing to compare
    }

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(0.9e-6, -4, -6, true)] // a ten-millionth of 4 + 6 is a millionth
    [InlineData(-0.9e-6, -4, -6, true)]
    [InlineData(1.1e-6, -4, -6, false)]
    public void A_margin_is_a_tie_up_to_the_rounding_of_its_sums(double margin, double chosen, double rejected, bool isTie) =>
        Assert.Equal(isTie, PreferenceMetrics.IsTie(margin, chosen, rejected));

    [Fact]
    public void There_is_no_average_of_nothing() => Assert.Throws<ArgumentException>(() => Of());

    [Fact]
    public void Means_per_token_are_nan_without_an_answer()
    {
        Assert.Equal((-1, -2), (First.ChosenMean, First.RejectedMean));
        Assert.Equal((double.NaN, -4), (Bad.ChosenMean, Bad.RejectedMean));
        Assert.Equal((-1, double.NaN), (Good.ChosenMean, Good.RejectedMean));
    }
}
