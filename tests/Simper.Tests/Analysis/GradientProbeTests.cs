using Simper.Analysis;
using Simper.Batching;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Analysis;

public class GradientProbeTests
{
    private static readonly TokenizedGroup[] Pairs =
    [
        .. Enumerable.Range(1, 4).Select(i => ToyDecoder.Group(i, 3 + i, 2 + i, 7 - i)),
    ];

    public static TheoryData<string> Names =>
        [
            .. ObjectiveCatalog
                .Standard.Kinds.Where(k => k.Default.Takes is not (PreferenceKind.Unpaired or PreferenceKind.Mismatched))
                .Select(k => k.Name),
        ];

    private static IReadOnlyList<PairDirections> Measure(Decoder decoder)
    {
        using var probe = new GradientProbe(decoder);
        return probe.Measure(Pairs);
    }

    // All gradients as one vector, of a pass over the whole pair.
    private static double[] Gradient(Decoder decoder, TokenizedGroup pair, params double[] coefficients)
    {
        using var scope = NewDisposeScope();
        foreach (Parameter parameter in decoder.Parameters)
            parameter.ClearGradient();
        using ScoringPass pass = ScoringPass.Forward(decoder, MicroBatch.Of([pair]), forBackward: true);
        pass.Backward(tensor(coefficients));
        return [.. decoder.Parameters.SelectMany(p => Numbers.Of(p.GradientBuffer()))];
    }

    private static double Norm(double[] vector) => Math.Sqrt(vector.Sum(x => x * x));

    [Theory]
    [MemberData(nameof(Names))]
    public void Terms_and_whole_are_those_of_backward_passes_with_the_objective_s_coefficients(string name)
    {
        Objective objective = ObjectiveCatalog.Standard.Find(name)!.Default;
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        // A reference that differs, so that nothing is equal by chance.
        IReadOnlyList<PairDirections> directions =
        [
            .. Measure(decoder)
                .Select(d =>
                    d with
                    {
                        LogProbs = d.LogProbs with
                        {
                            ReferenceChosenSum = d.LogProbs.ChosenSum + 0.7,
                            ReferenceRejectedSum = d.LogProbs.RejectedSum - 0.4,
                        },
                    }
                ),
        ];
        for (int i = 0; i < Pairs.Length; i++)
        {
            PairGradient found = PairGradient.Of(objective, directions[i]);
            (double chosen, double rejected) = (found.Outcome.ChosenGradient, found.Outcome.RejectedGradient);
            double[] ofChosen = Gradient(decoder, Pairs[i], chosen, 0);
            double[] ofRejected = Gradient(decoder, Pairs[i], 0, rejected);
            double[] whole = Gradient(decoder, Pairs[i], chosen, rejected);
            Assert.Equal(Norm(ofChosen), found.ChosenNorm, 1e-9 * Norm(ofChosen));
            Assert.Equal(Norm(ofRejected), found.RejectedNorm, 1e-9 * Norm(ofRejected));
            Assert.Equal(Norm(whole), found.Norm, 1e-9 * (Norm(ofChosen) + Norm(ofRejected)));
            double cosine = ofChosen.Zip(ofRejected, (a, b) => a * b).Sum() / (Norm(ofChosen) * Norm(ofRejected));
            Assert.Equal(cosine, found.Cosine, 1e-9); // NaN where a side has no term
        }
    }

    [Fact]
    public void Log_probs_are_those_of_a_pass_over_the_whole_pair()
    {
        using var scope = NewDisposeScope();
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        using ScoringPass pass = ScoringPass.Forward(decoder, MicroBatch.Of(Pairs), forBackward: false);
        double[] sums = Numbers.Of(pass.Sums);
        IReadOnlyList<PairDirections> found = Measure(decoder);
        for (int i = 0; i < Pairs.Length; i++)
        {
            PairLogProbs pair = found[i].LogProbs;
            Assert.Equal(
                (Pairs[i].Row, Pairs[i].Answers[0].Ids.Length, Pairs[i].Answers[1].Ids.Length),
                (pair.Row, pair.ChosenTokens, pair.RejectedTokens)
            );
            Assert.Equal(sums[2 * i], pair.ChosenSum, 1e-10);
            Assert.Equal(sums[2 * i + 1], pair.RejectedSum, 1e-10);
            // its own reference
            Assert.Equal((pair.ChosenSum, pair.RejectedSum), (pair.ReferenceChosenSum, pair.ReferenceRejectedSum));
        }
    }

    [Fact]
    public void Other_precisions_find_the_same_but_for_rounding()
    {
        using Decoder wide = ToyDecoder.Make(Precision.Float64);
        using Decoder single = ToyDecoder.Make(Precision.Float32);
        foreach ((PairDirections expected, PairDirections found) in Measure(wide).Zip(Measure(single)))
        {
            Assert.Equal(expected.ChosenLength, found.ChosenLength, 1e-4 * expected.ChosenLength);
            Assert.Equal(expected.RejectedLength, found.RejectedLength, 1e-4 * expected.RejectedLength);
            Assert.Equal(expected.Cosine, found.Cosine, 1e-4);
        }
    }

    [Fact]
    public void Answers_that_are_equal_push_the_weights_the_same_way_and_cancel_where_coefficients_do()
    {
        TokenizedGroup pair = ToyDecoder.Group(1, 4, 5, 5);
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        using var probe = new GradientProbe(decoder);
        PairDirections directions = probe.Measure([pair with { Answers = [pair.Answers[0], pair.Answers[0]] }])[0];
        Assert.Equal(1, directions.Cosine, 1e-12);
        PairGradient found = PairGradient.Of(new SimPer(), directions);
        Assert.Equal(-1, found.Cosine, 1e-12);
        Assert.InRange(found.Norm, 0, 1e-6 * found.ChosenNorm); // the root of what rounding leaves of a square
    }

    [Fact]
    public void Recomputed_activations_and_logits_in_parts_change_nothing()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        using var probe = new GradientProbe(decoder) { KeptTokens = 1, HeadRows = 2 };
        foreach ((PairDirections expected, PairDirections found) in Measure(decoder).Zip(probe.Measure(Pairs)))
        {
            Assert.Equal(expected.ChosenLength, found.ChosenLength, 1e-12 * expected.ChosenLength);
            Assert.Equal(expected.Cosine, found.Cosine, 1e-12);
            Assert.Equal(expected.LogProbs.ChosenSum, found.LogProbs.ChosenSum, 1e-12);
        }
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float32);
        Live.ExpectNoneLeft(() =>
        {
            foreach (PairDirections directions in Measure(decoder))
                _ = PairGradient.Of(new Dpo(), directions);
        });
        Assert.All(decoder.Parameters, p => Assert.Null(p.Gradient));
    }

    [Fact]
    public void What_is_no_pair_is_named_by_its_row()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float32);
        using var probe = new GradientProbe(decoder);
        foreach (
            TokenizedGroup group in (TokenizedGroup[])
                [
                    ToyDecoder.Group(7, 3, 4),
                    ToyDecoder.Group(7, 3, 4, 5, 6),
                    ToyDecoder.Group(7, 3, 4, 5) with
                    {
                        Weights = [1, -0.5],
                    },
                ]
        )
            Assert.Contains(
                "Row 7 is no pair",
                Assert.Throws<SimperException>(() => probe.Measure([group])).Message,
                StringComparison.Ordinal
            );
    }
}
