using Simper.Batching;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Objectives;

/// <summary>From the scores of passes to the outcome of each group and the gradient of each answer.</summary>
public class ObjectiveStepTests
{
    private static BatchScores Scores(
        MicroBatch.Answer[] answers,
        double[] sums,
        double[]? references = null,
        double[]? confidences = null
    ) =>
        new(
            answers,
            answers.Max(a => a.Group) + 1,
            tensor(sums),
            tensor([.. sums.Select(s => s - 0.5)]),
            confidences is null ? null : tensor(confidences),
            references is null ? null : tensor(references)
        );

    // Two pairs with their prompts: tokens 2, 3, prompt 4; and 5, 1, prompt 6.
    private static BatchScores PairsWithPrompts() =>
        Scores(
            [
                new(0, 0, 11, 2, 1),
                new(0, 1, 11, 3, -1),
                new(0, -1, 11, 4, 0),
                new(1, 0, 12, 5, 1),
                new(1, 1, 12, 1, -1),
                new(1, -1, 12, 6, 0),
            ],
            [-1, -2, -3, -4, -5, -6]
        );

    [Fact]
    public void A_supervised_loss_on_prompts_adds_their_sums_and_counts_their_tokens()
    {
        using var scope = NewDisposeScope();
        var objective = new Sft { CompletionOnly = false };
        (IReadOnlyList<PairOutcome> outcomes, Tensor gradient) = ObjectiveStep.Differentiate(objective, PairsWithPrompts(), 17);
        Assert.Equal([4, 10], outcomes.Select(o => o.Loss));
        Assert.Equal([6, 11], outcomes.Select(o => o.Weight));
        Assert.Equal(
            [-1 / 17.0, 0, -1 / 17.0, -1 / 17.0, 0, -1 / 17.0],
            Numbers.Of(gradient).Select(g => Math.Round(g, 15)).ToArray(),
            (x, y) => Math.Abs(x - y) < 1e-12
        );
        Assert.Equal(-1 / 6.0, outcomes[0].ChosenGradient, 1e-12);
        Assert.Equal(-1 / 11.0, outcomes[1].ChosenGradient, 1e-12);
    }

    [Fact]
    public void An_outcome_has_the_numbers_of_its_own_group()
    {
        using var scope = NewDisposeScope();
        IReadOnlyList<PairOutcome> outcomes = ObjectiveStep.Evaluate(new SimPer(), PairsWithPrompts());
        PairOutcome second = outcomes[1];
        Assert.Equal([11, 12], outcomes.Select(o => o.Row));
        Assert.Equal((5, 1), (second.ChosenTokens, second.RejectedTokens));
        Assert.Equal((-4, -5), (second.ChosenSeen, second.RejectedSeen));
        Assert.Equal((-4.5, -5.5), (second.ChosenSum, second.RejectedSum));
        Assert.Equal((-0.8, -5), (second.ChosenReward, second.RejectedReward)); // rewards have no prompts between them
        Assert.Equal((1, true), (second.Share, second.IsLogged));
        Assert.Equal((double.NaN, double.NaN), (second.ChosenGradient, second.RejectedGradient));
        Assert.Equal(-Math.Exp(-0.8) + Math.Exp(-5), second.Loss, 1e-12);
    }

    [Fact]
    public void Of_ranked_answers_the_first_good_and_the_last_bad_one_are_shown_and_observed_ones_are_neither()
    {
        using var scope = NewDisposeScope();
        MicroBatch.Answer[] answers =
        [
            new(0, 0, 1, 2, 0.75),
            new(0, 1, 1, 3, 0.25),
            new(0, 2, 1, 4, -0.25),
            new(0, 3, 1, 5, -0.75),
            new(1, 0, 2, 6, 1),
            new(1, 1, 2, 7, 0),
            new(2, 0, 3, 8, -1),
            new(2, 1, 3, 9, 0),
        ];
        IReadOnlyList<PairOutcome> outcomes = ObjectiveStep.Evaluate(
            new SimPer(),
            Scores(answers, [-1, -2, -3, -4, -5, -6, -7, -8])
        );
        Assert.Equal([(2, 5), (6, 0), (0, 8)], outcomes.Select(o => (o.ChosenTokens, o.RejectedTokens)));
        Assert.Equal([-1, -5, double.NaN], outcomes.Select(o => o.ChosenSeen));
        Assert.Equal([-4, double.NaN, -7], outcomes.Select(o => o.RejectedSeen));
        Assert.Equal([-0.5, -5 / 6.0, double.NaN], outcomes.Select(o => o.ChosenReward));
        Assert.Equal([-0.8, double.NaN, -7 / 8.0], outcomes.Select(o => o.RejectedReward));
    }

    [Fact]
    public void Orpos_likelihood_of_prompts_is_a_mean_over_all_their_tokens()
    {
        using var scope = NewDisposeScope();
        PairOutcome outcome = ObjectiveStep.Evaluate(new Orpo { CountsPrompt = true }, PairsWithPrompts())[0];
        Assert.Equal((1 + 3 + 4 + 6) / (2.0 + 4 + 5 + 6), outcome.Figures.Single(f => f.Name == "nll_loss").Value, 1e-12);
    }

    [Fact]
    public void Wpo_weighs_a_pair_by_the_product_of_its_answers_confidences()
    {
        using var scope = NewDisposeScope();
        // Mean confidences log .5 and log .25: the pair counts an eighth.
        BatchScores scores = Scores(
            [new(0, 0, 1, 2, 1), new(0, 1, 1, 3, -1)],
            [-1, -2],
            [-1.5, -1.75],
            [2 * Math.Log(0.5), 3 * Math.Log(0.25)]
        );
        double plain = Math.Log(1 + Math.Exp(-0.1 * (0.5 + 0.25)));
        Assert.Equal(plain, ObjectiveStep.Evaluate(new Dpo(), scores)[0].Loss, 1e-12);
        Assert.Equal(plain / 8, ObjectiveStep.Evaluate(new Dpo { UseWeighting = true }, scores)[0].Loss, 1e-12);
    }

    [Fact]
    public void Answers_of_one_kind_are_warned_of_where_the_loss_is_made_for_both()
    {
        static TokenizedGroup Single(int row, double weight) => ToyDecoder.Group(row, 2, 3) with { Weights = [weight] };
        TokenizedGroup[] good = [Single(1, 1), Single(2, 1)];
        TokenizedGroup[] bad = [Single(1, -1)];
        Assert.StartsWith(
            "all 2 answers are labelled good and none bad; loss_type kto",
            new Kto().OneClass(good),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "all 1 answers are labelled bad and none good; loss_type bco",
            new Bco().OneClass(bad),
            StringComparison.Ordinal
        );
        Assert.Null(new Kto().OneClass([.. good, .. bad]));
        Assert.Null(new Kto().OneClass([]));
        Assert.Null(new Dpo().OneClass(good)); // refused elsewhere
    }

    [Fact]
    public void A_distance_from_other_rows_needs_two_of_them()
    {
        TokenizedGroup[] pairs = [ToyDecoder.Group(1, 2, 3, 2), ToyDecoder.Group(2, 2, 3, 2)];
        Assert.Equal(4, new Kto().Arrange(pairs, pairsPerMicroBatch: 2, maxLength: 100).Count);
        Assert.StartsWith(
            "per_device_train_batch_size is 1; loss_type kto",
            Assert.Throws<SimperException>(() => new Kto().Arrange(pairs, pairsPerMicroBatch: 1, maxLength: 100)).Message,
            StringComparison.Ordinal
        );
    }
}
