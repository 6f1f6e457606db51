using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Analysis;

public class GradientTrajectoryTests
{
    private static readonly TokenizedGroup[] Data =
    [
        .. Enumerable.Range(1, 8).Select(i => ToyDecoder.Group(i, 3 + i % 4, 2 + i % 5, 1 + i % 3)),
    ];

    private static LanguageModel Model(Precision? precision = null) =>
        LanguageModel.Create(
            new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()),
            seed: 3,
            precision ?? Precision.Float64
        );

    private static Trainer Make(LanguageModel model, Objective objective) =>
        new(model, Data, objective)
        {
            LearningRate = 1e-2,
            PairsPerStep = 4,
            PairsPerMicroBatch = 4,
            MaxSteps = 5,
            References = objective.NeedsReference ? ReferenceScores.Of(model, Data) : null,
        };

    [Fact]
    public void It_is_measured_at_the_start_after_every_so_many_steps_and_at_the_end()
    {
        using LanguageModel model = Model();
        GradientSummary[] course = [.. GradientTrajectory.Run("dpo", model, Make(model, new Dpo()), Data[..3], every: 2)];
        Assert.Equal([0, 2, 4, 5], course.Select(c => c.Step));
        Assert.All(course, c => Assert.Equal(("dpo", 3), (c.Name, c.Pairs.Count)));
        // Equal to the reference at first: each pair is pulled by β / 2. Then the pairs separate and are pulled less.
        Assert.All(course[0].Pairs, p => Assert.Equal(0.05, p.ChosenCoefficient, 1e-9));
        Assert.True(course[^1].MeanOf("chosen_coefficient")!.Value.Mean < 0.05);
    }

    [Fact]
    public void Measuring_does_not_change_the_training()
    {
        using LanguageModel measured = Model(Precision.Float32);
        using LanguageModel plain = Model(Precision.Float32); // to the bit
        GradientSummary[] course = [.. GradientTrajectory.Run("simper", measured, Make(measured, new SimPer()), Data, every: 1)];
        Assert.Equal(5, Make(plain, new SimPer()).Steps().Count());
        Assert.Equal(6, course.Length);
        Assert.Equal(
            plain.Parameters.SelectMany(p => Numbers.Of(p.Values())),
            measured.Parameters.SelectMany(p => Numbers.Of(p.Values()))
        );
    }

    [Fact]
    public void Steps_log_what_autograd_gave_each_side()
    {
        foreach (Objective objective in (Objective[])[new SimPer(), new Dpo(), new SimPo()])
        {
            using LanguageModel model = Model();
            StepReport step = Make(model, objective).Steps().First();
            IReadOnlyDictionary<string, double> named = step.Metrics.Named();
            (double Chosen, double Rejected)[] expected =
            [
                .. step.Metrics.Outcomes.Select(o =>
                    CoefficientFormula
                        .Of(
                            objective,
                            new PairLogProbs(
                                o.Row,
                                o.ChosenSum,
                                o.RejectedSum,
                                o.ChosenTokens,
                                o.RejectedTokens,
                                o.ChosenSum,
                                o.RejectedSum
                            )
                        )!
                        .Value
                ),
            ];
            Assert.Equal(expected.Average(e => -e.Chosen), named["gradients/chosen"], 1e-9);
            Assert.Equal(expected.Average(e => e.Rejected), named["gradients/rejected"], 1e-9);
        }
    }

    [Theory]
    [InlineData(8, int.MaxValue)]
    [InlineData(1, int.MaxValue)]
    [InlineData(1, 8)] // answer by answer
    public void What_steps_log_does_not_depend_on_how_they_are_split(int perPass, int keptTokens)
    {
        using LanguageModel whole = Model();
        using LanguageModel split = Model();
        IReadOnlyDictionary<string, double> one = Make(whole, new SimPer()).Steps().First().Metrics.Named();
        IReadOnlyDictionary<string, double> many = new Trainer(split, Data, new SimPer())
        {
            PairsPerStep = 4,
            PairsPerMicroBatch = perPass,
            KeptTokens = keptTokens,
        }
            .Steps()
            .First()
            .Metrics.Named();
        foreach (string side in (string[])["gradients/chosen", "gradients/rejected"])
            Assert.Equal(one[side], many[side], 1e-12);
    }

    [Fact]
    public void Supervised_steps_pull_at_the_chosen_answer_by_its_share_of_a_token_mean()
    {
        using LanguageModel model = Model();
        StepReport step = Make(model, new Sft()).Steps().First();
        Assert.Equal(step.Metrics.Outcomes.Average(o => 1.0 / o.ChosenTokens), step.Metrics.Named()["gradients/chosen"], 1e-12);
        Assert.False(step.Metrics.Named().ContainsKey("gradients/rejected"));
    }
}
