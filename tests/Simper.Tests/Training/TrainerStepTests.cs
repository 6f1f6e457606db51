using System.Text.Json.Nodes;
using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

/// <summary>What a step does and reports, number by number.</summary>
public class TrainerStepTests
{
    private static readonly TokenizedGroup[] Data = [.. Enumerable.Range(1, 7).Select(i => ToyDecoder.Group(i, 3, 2 + i % 3, 3))];

    private static LanguageModel Model(Precision? precision = null) =>
        LanguageModel.Create(
            new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()),
            seed: 3,
            precision ?? Precision.Float64
        );

    private static double[] Weights(LanguageModel model) => [.. model.Parameters.SelectMany(p => Numbers.Of(p.Values()))];

    [Fact]
    public void The_defaults_are_those_of_recipes()
    {
        using LanguageModel model = Model();
        var trainer = new Trainer(model, Data, new SimPer());
        Assert.Equal((1e-6, ScheduleKind.Linear, 0), (trainer.LearningRate, trainer.Schedule, trainer.Warmup));
        Assert.Equal((8, 8, 1, -1), (trainer.PairsPerStep, trainer.PairsPerMicroBatch, trainer.Epochs, trainer.MaxSteps));
        Assert.Equal((1, 42, true), (trainer.MaxGradientNorm, trainer.Seed, trainer.Shuffle));
    }

    [Fact]
    public void Steps_are_counted_from_one_and_tell_how_much_of_the_data_they_saw()
    {
        using LanguageModel model = Model();
        StepReport[] steps =
        [
            .. new Trainer(model, Data, new SimPer())
            {
                LearningRate = 1e-3,
                PairsPerStep = 3,
                Epochs = 2,
                Shuffle = false,
            }.Steps(),
        ];
        Assert.Equal([1, 2, 3, 4, 5, 6], steps.Select(s => s.Number));
        Assert.All(steps, s => Assert.Equal(6, s.TotalSteps));
        Assert.Equal([1 / 3.0, 2 / 3.0, 1, 4 / 3.0, 5 / 3.0, 2], steps.Select(s => s.Epoch), (a, b) => Math.Abs(a - b) < 1e-12);
        double[] rates = [1e-3, 1e-3 * 5 / 6, 1e-3 * 4 / 6, 1e-3 * 3 / 6, 1e-3 * 2 / 6, 1e-3 / 6];
        Assert.Equal(rates, steps.Select(s => s.LearningRate), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(MicroBatch.Of(Data[..3]).Tokens, steps[0].Tokens);
        Assert.Equal(3, steps[0].Metrics.Pairs);
        Assert.Equal(1, steps[2].Metrics.Pairs); // what is left of an epoch
    }

    [Fact]
    public void A_gradient_above_the_limit_is_scaled_down_and_its_norm_reported_as_it_was()
    {
        // With a large epsilon a step is proportional to the gradient.
        (double[] Weights, double Norm) After(double limit)
        {
            using LanguageModel model = Model();
            StepReport step = new Trainer(model, Data, new SimPer())
            {
                LearningRate = 1,
                MaxSteps = 1,
                MaxGradientNorm = limit,
                Optimizer = new AdamWSettings { Epsilon = 100 },
            }
                .Steps()
                .Single();
            return (Weights(model), step.GradientNorm);
        }
        (double[] never, double norm) = After(0);
        Assert.Equal(never, After(1e9).Weights);
        Assert.Equal(never, After(norm + 1).Weights);
        using LanguageModel model = Model();
        double[] start = Weights(model);
        (double[] half, double same) = After(norm / 2);
        Assert.Equal(norm, same);
        double Moved(double[] to) => Math.Sqrt(start.Zip(to, (a, b) => (a - b) * (a - b)).Sum());
        Assert.Equal(0.5, Moved(half) / Moved(never), 0.01);
    }

    [Fact]
    public void A_step_begins_without_the_gradient_of_the_one_before()
    {
        using LanguageModel model = Model();
        double[] norms =
        [
            .. new Trainer(model, Data, new SimPer()) { LearningRate = 0, Epochs = 3 }
                .Steps()
                .Select(s => s.GradientNorm),
        ];
        Assert.Equal(3, norms.Length);
        Assert.Equal(norms[0], norms[1], 1e-12);
        Assert.Equal(norms[0], norms[2], 1e-12);
    }

    [Fact]
    public void A_dry_run_changes_nothing_and_keeps_no_gradient()
    {
        using LanguageModel model = Model();
        double[] before = Weights(model);
        Assert.True(new Trainer(model, Data, new SimPer()).DryRun(Data) > TimeSpan.Zero);
        Assert.Equal(before, Weights(model));
        Assert.All(model.Parameters, p => Assert.Null(p.Gradient));
    }

    [Fact]
    public void A_step_that_is_not_finite_names_itself_and_five_of_its_rows()
    {
        using LanguageModel model = Model(Precision.Float32);
        using (no_grad())
            model.Parameters[0].Master.Fill(float.NaN);
        string message = Assert
            .Throws<DivergedException>(() =>
                new Trainer(model, Data, new SimPer()) { Shuffle = false }
                    .Steps()
                    .ToArray()
            )
            .Message;
        Assert.StartsWith("The loss of step 1 is not finite (row 1, 2, 3, 4, 5);", message, StringComparison.Ordinal);
    }
}
