using Simper.Judging.OnPolicy;

namespace Simper.Tests.Judging.OnPolicy;

public class PairChoiceTests
{
    private static ScoredAnswer Answer(string text, double? score, bool isCut = false) =>
        new(new SampledAnswer(text, isCut), 1, [score], score);

    // Scores by hand: b and d are the best, a and c the worst; e has none.
    private static readonly ScoredAnswer[] Five =
    [
        Answer("a", 0.25),
        Answer("b", 1),
        Answer("c", 0.25),
        Answer("d", 1),
        Answer("e", null),
    ];

    private static string Shown(IReadOnlyList<ScoredAnswer> answers, PairSettings settings, int prompt = 0)
    {
        (IReadOnlyList<(ScoredAnswer Chosen, ScoredAnswer Rejected)> pairs, PromptOutcome outcome) = PairChoice.Of(
            answers,
            settings,
            prompt
        );
        return $"{outcome} {string.Join(' ', pairs.Select(p => p.Chosen.Answer.Text + p.Rejected.Answer.Text))}".Trim();
    }

    [Fact]
    public void The_first_of_the_best_is_chosen_and_the_first_of_the_worst_rejected() =>
        Assert.Equal("Paired ba", Shown(Five, new PairSettings()));

    [Fact]
    public void All_pairs_are_those_of_different_scores() =>
        Assert.Equal("Paired ba bc da dc", Shown(Five, new PairSettings { Pairing = AnswerPairing.All }));

    [Fact]
    public void A_random_pair_is_one_of_them_and_depends_on_seed_and_prompt()
    {
        string At(long seed, int prompt) => Shown(Five, new PairSettings { Pairing = AnswerPairing.Random, Seed = seed }, prompt);
        string[] found = [.. Enumerable.Range(0, 64).Select(i => At(1, i))];
        Assert.Equal(["Paired ba", "Paired bc", "Paired da", "Paired dc"], found.Distinct().Order());
        Assert.Equal(found, Enumerable.Range(0, 64).Select(i => At(1, i)));
        Assert.NotEqual(found, Enumerable.Range(0, 64).Select(i => At(2, i)));
    }

    [Fact]
    public void A_cut_answer_is_rejected_but_not_chosen()
    {
        ScoredAnswer[] answers = [Answer("a", 3, isCut: true), Answer("b", 2), Answer("c", 1, isCut: true)];
        Assert.Equal("Paired bc", Shown(answers, new PairSettings()));
        Assert.Equal("Paired ac", Shown(answers, new PairSettings { AllowsCut = true }));
        Assert.Equal("Paired bc", Shown(answers, new PairSettings { Pairing = AnswerPairing.All }));
        Assert.Equal("OnlyCut", Shown([answers[0], Answer("d", 1)], new PairSettings()));
        Assert.Equal("TooFew", Shown(answers, new PairSettings { Pairing = AnswerPairing.Ranked }));
    }

    [Theory]
    [InlineData(0.75, "Paired ba")]
    [InlineData(0.76, "BelowGap")]
    public void Scores_of_a_pair_differ_by_the_gap_at_least(double gap, string expected) =>
        Assert.Equal(expected, Shown(Five, new PairSettings { MinGap = gap }));

    [Fact]
    public void Equal_scores_and_single_answers_make_no_pair()
    {
        Assert.Equal("Tied", Shown([Answer("a", 1), Answer("b", 1)], new PairSettings()));
        Assert.Equal("TooFew", Shown([Answer("a", 1), Answer("b", null)], new PairSettings()));
        Assert.Equal("TooFew", Shown([], new PairSettings()));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_gap_is_a_number_from_0_on(double gap) =>
        Assert.Throws<SimperException>(() => new PairSettings { MinGap = gap }.Validate());

    [Fact]
    public void Copies_are_merged_and_one_that_was_ended_is_not_cut()
    {
        var found = ScoredAnswer.Distinct([
            new("a", true, 4),
            new("b", true),
            new(" \n", false),
            new("a", false, 5),
            new("", true),
        ]);
        Assert.Equal([(new SampledAnswer("a", false, 5), 2), (new SampledAnswer("b", true), 1)], found);
    }

    [Fact]
    public void A_total_is_weighted_and_needs_every_score()
    {
        WeightedScorer[] scorers = [new(AnswerRules.Parse("length:2")), new(AnswerRules.Parse("words:1"), -0.5)];
        Assert.Equal(0.75, ScoredAnswer.Of((new SampledAnswer("a", false), 1), [1, 0.5], scorers).Total);
        Assert.Null(ScoredAnswer.Of((new SampledAnswer("a", false), 1), [1, null], scorers).Total);
    }
}
