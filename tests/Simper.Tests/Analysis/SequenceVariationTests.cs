using CsCheck;
using Simper.Analysis;
using Simper.Batching;
using Simper.Models;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Analysis;

public class SequenceVariationTests
{
    private const int End = 2;
    private static readonly HashSet<int> Ends = [End];

    /// <summary>A model of three tokens, the last of which ends: random, but the same for the same beginning; certain to end
    /// after <paramref name="longest"/> - 1 tokens.</summary>
    private static NextTokenDistribution Model(int seed, int longest) =>
        beginning =>
        {
            if (beginning.Count == longest - 1)
                return [0, 0, 1];
            var random = new Random(beginning.Aggregate(seed, (mixed, token) => mixed * 31 + token + 1));
            double[] weights = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
            return Array.ConvertAll(weights, w => w / weights.Sum());
        };

    // Every answer written out, and its probability by the product of its tokens.
    private static double ByBruteForce(NextTokenDistribution p, NextTokenDistribution q, int longest)
    {
        double sum = 0;
        for (int length = 0; length < longest; length++)
        {
            for (int code = 0; code < 1 << length; code++)
            {
                int[] answer = [.. Enumerable.Range(0, length).Select(i => code >> i & 1), End];
                sum += 0.5 * Math.Abs(Probability(p, answer) - Probability(q, answer));
            }
        }
        return sum;
    }

    private static double Probability(NextTokenDistribution model, int[] answer) =>
        Enumerable.Range(0, answer.Length).Aggregate(1.0, (product, t) => product * model(answer[..t])[answer[t]]);

    [Fact]
    public void It_is_the_sum_over_all_answers() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[1, 5])
            .Sample(
                (a, b, longest) =>
                {
                    (NextTokenDistribution p, NextTokenDistribution q) = (Model(a, longest), Model(b, longest));
                    SequenceVariation found = SequenceVariation.Between(p, q, Ends, longest);
                    return Math.Abs(found.Low - ByBruteForce(p, q, longest)) < 1e-12
                        && found.High - found.Low < 1e-12
                        && found.Answers == (1 << longest) - 1;
                },
                iter: 50
            );

    [Fact]
    public void What_is_not_followed_leaves_bounds_about_it()
    {
        (NextTokenDistribution p, NextTokenDistribution q) = (Model(1, 9), Model(2, 9));
        double exact = SequenceVariation.Between(p, q, Ends, 9).Low;
        double gap = 1;
        for (int length = 1; length <= 9; length++) // longer answers, closer bounds
        {
            SequenceVariation cut = SequenceVariation.Between(p, q, Ends, length);
            Assert.InRange(exact, cut.Low - 1e-12, cut.High + 1e-12);
            Assert.True(cut.High - cut.Low <= gap + 1e-12);
            gap = cut.High - cut.Low;
        }
        SequenceVariation rough = SequenceVariation.Between(p, q, Ends, 9, leastMass: 0.02);
        SequenceVariation fine = SequenceVariation.Between(p, q, Ends, 9, leastMass: 0.002);
        Assert.InRange(exact, rough.Low, rough.High);
        Assert.InRange(exact, fine.Low, fine.High);
        Assert.True(fine.High - fine.Low < rough.High - rough.Low && rough.Beginnings < fine.Beginnings);
    }

    [Fact]
    public void From_a_single_answer_it_is_what_the_model_does_not_give_it()
    {
        int[] answer = [0, 1, 1, End];
        NextTokenDistribution model = Model(3, 6);
        SequenceVariation found = SequenceVariation.Between(EmpiricalAnswers.Of([answer], 3), model, Ends, 6);
        Assert.Equal(1 - Probability(model, answer), found.Low, 12);
        Assert.Equal(1 - Probability(model, answer), found.High, 12);
    }

    [Fact]
    public void From_given_answers_it_needs_these_answers_alone()
    {
        int[][] answers =
        [
            [0, End],
            [0, End],
            [1, 0, End],
            [1, 1, 1, End],
        ];
        NextTokenDistribution model = Model(4, 6);
        double[] q = [.. answers.Skip(1).Select(a => Probability(model, a))];
        (double low, double high) = TotalVariation.Bounds([0.5, 0.25, 0.25], q);
        SequenceVariation found = SequenceVariation.Between(EmpiricalAnswers.Of(answers, 3), model, Ends, 6);
        Assert.Equal(found.Low, low, 12);
        Assert.Equal(found.Low, high, 12);
    }

    [Fact]
    public void A_decoder_gives_answers_the_probabilities_that_it_is_scored_with()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        TokenizedGroup group = ToyDecoder.Group(seed: 5, prompt: 4, 3, 2);
        double[] sums = Sums(decoder, group);
        Live.ExpectNoneLeft(() =>
        {
            using var model = new ModelDistribution(decoder, group.Prompt, maxLength: 3);
            for (int i = 0; i < sums.Length; i++)
            {
                Assert.Equal(Math.Exp(sums[i]), Probability(model.Next, group.Answers[i].Ids), 1e-9 * Math.Exp(sums[i]));
                Assert.Equal(1, model.Next(group.Answers[i].Ids).Sum(), 12);
            }
        });
    }

    [Fact]
    public void Two_decoders_are_compared_answer_by_answer()
    {
        using Decoder before = ToyDecoder.Make(Precision.Float64);
        using Decoder after = ToyDecoder.Make(Precision.Float64, seed: 2);
        TokenizedGroup group = ToyDecoder.Group(seed: 6, prompt: 3, 2);
        HashSet<int> ends = [.. Enumerable.Range(0, 25)];
        using ModelDistribution p = new(before, group.Prompt, 2);
        using ModelDistribution q = new(after, group.Prompt, 2);
        SequenceVariation found = SequenceVariation.Between(p.Next, q.Next, ends, maxLength: 2);
        // One token at once, from scored answers: those that end there, those that end with the second, those that go on.
        double expected = 0;
        double[][] first =
        [
            .. new[] { before, after }.Select(d =>
                Enumerable.Range(0, 50).Select(a => Math.Exp(Sums(d, Answer(group, a))[0])).ToArray()
            ),
        ];
        for (int a = 0; a < 25; a++)
            expected += 0.5 * Math.Abs(first[0][a] - first[1][a]);
        double gap = 0;
        for (int a = 25; a < 50; a++)
        {
            double[][] second =
            [
                .. new[] { before, after }.Select(d =>
                    Sums(d, Answer(group, [.. Enumerable.Range(0, 50).Select(b => new[] { a, b })])).Select(Math.Exp).ToArray()
                ),
            ];
            expected += 0.5 * Enumerable.Range(0, 50).Sum(b => Math.Abs(second[0][b] - second[1][b]));
            gap += Enumerable.Range(25, 25).Sum(b => Math.Min(second[0][b], second[1][b]));
        }
        Assert.Equal(expected, found.Low, 1e-9);
        Assert.Equal(expected + gap, found.High, 1e-9);
        Assert.Equal(26, found.Beginnings);
    }

    private static TokenizedGroup Answer(TokenizedGroup group, params int[][] answers) =>
        group with
        {
            Answers = [.. answers.Select(ids => new TokenizedAnswer { Ids = ids, IsScored = [.. ids.Select(_ => true)] })],
        };

    private static TokenizedGroup Answer(TokenizedGroup group, int only) =>
        Answer(
            group,
            [
                [only],
            ]
        );

    private static double[] Sums(Decoder decoder, TokenizedGroup group)
    {
        using ScoringPass pass = ScoringPass.Forward(decoder, MicroBatch.Of([group]), forBackward: false);
        return Numbers.Of(pass.Sums);
    }
}
