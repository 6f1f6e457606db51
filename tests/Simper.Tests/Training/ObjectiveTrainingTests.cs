using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>Every objective of the catalog through the trainer: the schedule of passes changes no step.</summary>
public class ObjectiveTrainingTests
{
    private static readonly TokenizedGroup[] Pairs =
    [
        .. Enumerable.Range(0, 12).Select(i => ToyDecoder.Group(i, 3 + i % 4, 2 + i % 5, 1 + i % 3)),
    ];

    public static TheoryData<string> Names => [.. ObjectiveCatalog.Standard.Kinds.Select(k => k.Name)];

    private static LanguageModel Model(long seed = 3) =>
        LanguageModel.Create(new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()), seed, Precision.Float64);

    private static double[] Weights(LanguageModel model)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return [.. model.Parameters.SelectMany(p => Numbers.Of(p.Master))];
    }

    private static Objective Named(string name) => ObjectiveCatalog.Standard.Find(name)!.Default;

    private static (double[] Losses, double[] Weights) Train(
        Objective objective,
        int tokensPerPass,
        int keptTokens = int.MaxValue,
        IReadOnlyList<TokenizedGroup>? rows = null
    )
    {
        using LanguageModel model = Model();
        IReadOnlyList<TokenizedGroup> data = objective.Arrange(rows ?? Pairs, pairsPerMicroBatch: 4, maxLength: 64);
        Simper.Training.Reference? reference = objective.NeedsReference
            ? ReferenceScores.Of(model, data, needs: objective.Needs)
            : null;
        var trainer = new Trainer(model, data, objective)
        {
            LearningRate = 1e-2,
            PairsPerStep = 6,
            PairsPerMicroBatch = 4,
            TokensPerMicroBatch = tokensPerPass,
            KeptTokens = keptTokens,
            MaxSteps = 3,
            Shuffle = objective.Takes != PreferenceKind.Mismatched,
            References = reference,
        };
        return ([.. trainer.Steps().Select(s => s.Loss)], Weights(model));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Passes_of_any_size_make_the_same_steps(string name)
    {
        (double[] losses, double[] weights) = Train(Named(name), tokensPerPass: 2048);
        // One group a pass, and passes that are too long to keep: answer by answer or recomputed.
        foreach ((int tokens, int kept) in ((int, int)[])[(1, int.MaxValue), (15, 9), (15, 1)])
        {
            (double[] others, double[] otherWeights) = Train(Named(name), tokens, kept);
            Assert.Equal(losses, others, (a, b) => Math.Abs(a - b) <= 1e-11 * Math.Max(1, Math.Abs(a)));
            Assert.Equal(weights, otherWeights, (a, b) => Math.Abs(a - b) <= 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluation_of_any_split_finds_the_same_and_training_leaves_no_tensor(string name)
    {
        Objective objective = Named(name);
        using LanguageModel model = Model();
        using LanguageModel other = Model(seed: 4); // another model's scores: rewards of 0 would be right or wrong by rounding
        IReadOnlyList<TokenizedGroup> data = objective.Arrange(Pairs, pairsPerMicroBatch: 4, maxLength: 64);
        Simper.Training.Reference? reference = objective.NeedsReference
            ? ReferenceScores.Of(other, data, needs: objective.Needs)
            : null;
        PreferenceMetrics whole = PreferenceEvaluation.Run(model, data, objective, reference, pairsPerMicroBatch: 4);
        PreferenceMetrics split = PreferenceEvaluation.Run(
            model,
            data,
            objective,
            reference,
            pairsPerMicroBatch: 4,
            tokensPerMicroBatch: 1
        );
        foreach ((string figure, double value) in whole.Named())
            Assert.Equal(value, split.Named()[figure], 1e-11 * Math.Max(1, Math.Abs(value)));
        Live.ExpectNoneLeft(() => Train(objective, tokensPerPass: 15));
    }

    [Fact]
    public void Single_answers_have_the_gradient_of_their_pairs()
    {
        // A step over pairs is a mean over pairs; the same answers as single rows are twice as many, so their mean has half the
        // gradient.
        (double paired, double[] gradient) = Gradient(Pairs);
        (double unpaired, double[] half) = Gradient([.. new UnpairedGroups(Pairs)]);
        Assert.Equal(paired, 2 * unpaired, 12);
        Assert.Equal(gradient, half, (a, b) => Math.Abs(a - 2 * b) <= 1e-13);

        static (double, double[]) Gradient(TokenizedGroup[] rows)
        {
            using LanguageModel model = Model();
            using var scope = TorchSharp.torch.NewDisposeScope();
            IReadOnlyList<PairOutcome> outcomes = new Trainer(model, rows, new SimPer()) { PairsPerMicroBatch = 5 }
                .Accumulate(rows)
                .Outcomes;
            return (outcomes.Average(o => o.Loss), [.. model.Parameters.SelectMany(p => Numbers.Of(p.Gradient!))]);
        }
    }

    [Fact]
    public void Ranked_answers_train_whatever_their_number()
    {
        TokenizedGroup[] ranked =
        [
            .. Enumerable.Range(0, 6).Select(i => ToyDecoder.Group(i, 4, [.. Enumerable.Range(0, 2 + i % 3).Select(a => 2 + a)])),
        ];
        ranked =
        [
            .. ranked.Select(g =>
                g with
                {
                    Weights = AnswerWeights.OfRanks([.. Enumerable.Range(0, g.Answers.Length).Select(a => (double)a)]),
                }
            ),
        ];
        (double[] losses, double[] weights) = Train(new SimPer(), 2048, rows: ranked);
        (double[] split, double[] splitWeights) = Train(new SimPer(), 15, keptTokens: 9, rows: ranked);
        Assert.Equal(losses, split, (a, b) => Math.Abs(a - b) <= 1e-12);
        Assert.Equal(weights, splitWeights, (a, b) => Math.Abs(a - b) <= 1e-9);
        Assert.Contains(
            "more than two",
            Assert.Throws<SimperException>(() => Train(new Dpo(), 2048, rows: ranked)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Rows_of_another_kind_are_refused_by_name()
    {
        TokenizedGroup[] good = [.. Pairs.Select(p => p.Only(0))];
        TokenizedGroup[] bad = [.. Pairs.Select(p => p.Only(1))];
        string Refusal(Objective objective, params TokenizedGroup[] rows) =>
            Assert.Throws<SimperException>(() => objective.Arrange(rows, 4, 64)).Message;
        Assert.Contains("Row 0 has one answer; loss_type dpo", Refusal(new Dpo(), good), StringComparison.Ordinal);
        Assert.Contains("would learn it", Refusal(new Sft(), [.. good, .. bad]), StringComparison.Ordinal);
        Assert.Contains("no rejected or bad answer", Refusal(new SimPer(), good), StringComparison.Ordinal);
        Assert.Contains("rows of one kind", Refusal(new Kto(), [.. good, .. Pairs]), StringComparison.Ordinal);
        Assert.Contains(
            "at least 2",
            Assert.Throws<SimperException>(() => new Kto().Arrange(good, 1, 64)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(24, new Bco().Arrange(Pairs, 4, 64).Count);
    }

    [Fact]
    public void Rows_that_exchange_answers_have_the_file_s_order_or_one_that_the_seed_draws()
    {
        double[] Kinds(long? seed) => [.. new Kto().Arrange(Pairs, 4, 64, seed).Select(g => g.WeightOf(0))];
        Assert.Equal([.. Enumerable.Repeat(1.0, 12), .. Enumerable.Repeat(-1.0, 12)], Kinds(null));
        Assert.Equal(Kinds(5), Kinds(5));
        Assert.Contains(-1.0, Kinds(5)[..12]);
        Assert.Equal(Kinds(null).Order(), Kinds(5).Order());
    }

    [Fact]
    public void Reference_scores_are_kept_by_model_data_and_weighting()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            using LanguageModel model = Model();
            ReferenceScores fresh = ReferenceScores.Cached(folder, model, [Pairs], new Dpo().Needs);
            ReferenceScores kept = ReferenceScores.Cached(folder, model, [Pairs], new Dpo().Needs);
            string file = Assert.Single(Directory.GetFiles(folder));
            PreferenceMetrics Evaluate(ReferenceScores scores) => PreferenceEvaluation.Run(model, Pairs, new Dpo(), scores);
            Assert.Equal(
                Evaluate(fresh).Outcomes.Select(o => o.ChosenReward),
                Evaluate(kept).Outcomes.Select(o => o.ChosenReward)
            );

            ReferenceScores.Cached(folder, model, [Pairs[..5]], new Dpo().Needs);
            ReferenceScores.Cached(folder, model, [Pairs], new Dpo { LengthDesensitization = 0.5 }.Needs);
            Assert.Equal(3, Directory.GetFiles(folder).Length);
            _ = new Trainer(model, Pairs, new SimPer()) { LearningRate = 1e-2, MaxSteps = 1 }
                .Steps()
                .Count();
            ReferenceScores.Cached(folder, model, [Pairs], new Dpo().Needs);
            Assert.Equal(4, Directory.GetFiles(folder).Length);

            // The same ids, of which others are scored.
            TokenizedGroup[] otherwise =
            [
                .. Pairs.Select(p =>
                    p with
                    {
                        Answers =
                        [
                            .. p.Answers.Select(a =>
                                a with
                                {
                                    IsScored = [.. a.IsScored.Select((s, i) => s && (i > 0 || a.Ids.Length == 1))],
                                }
                            ),
                        ],
                    }
                ),
            ];
            ReferenceScores.Cached(folder, model, [otherwise], new Dpo().Needs);
            Assert.Equal(5, Directory.GetFiles(folder).Length);

            // A damaged file is not believed.
            byte[] bytes = File.ReadAllBytes(file);
            bytes[^3] ^= 1;
            File.WriteAllBytes(file, bytes);
            using LanguageModel again = Model();
            Assert.Equal(
                Evaluate(fresh).Outcomes.Select(o => o.RejectedReward),
                Evaluate(ReferenceScores.Cached(folder, again, [Pairs], new Dpo().Needs)).Outcomes.Select(o => o.RejectedReward)
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_reference_that_is_asked_gives_what_was_computed_before_and_can_follow_the_policy()
    {
        using LanguageModel policy = Model();
        using LanguageModel frozen = Model();
        PreferenceMetrics before = PreferenceEvaluation.Run(policy, Pairs, new Dpo(), ReferenceScores.Of(policy, Pairs));
        PreferenceMetrics asked = PreferenceEvaluation.Run(policy, Pairs, new Dpo(), new ReferenceModel(frozen));
        Assert.Equal(before.Outcomes.Select(o => Math.Round(o.Loss, 12)), asked.Outcomes.Select(o => Math.Round(o.Loss, 12)));

        double[] start = Weights(frozen);
        var trainer = new Trainer(policy, Pairs, new Dpo())
        {
            LearningRate = 1e-2,
            PairsPerStep = 6,
            MaxSteps = 2,
            References = new ReferenceModel(frozen) { SyncSteps = 2, MixupAlpha = 0.25 },
        };
        _ = trainer.Steps().Count();
        double[] moved = Weights(policy);
        double[] expected = [.. start.Zip(moved, (s, m) => 0.75 * s + 0.25 * m)];
        Assert.Equal(expected, Weights(frozen), (a, b) => Math.Abs(a - b) <= 1e-14);
    }

    [Fact]
    public void An_objective_in_a_file_of_its_own_trains_by_its_own_loss()
    {
        using LanguageModel model = Model();
        StepReport[] steps =
        [
            .. new Trainer(model, Pairs, new SquaredMargin { Margin = 0.3 })
            {
                LearningRate = 1e-2,
                PairsPerStep = 12,
                Epochs = 20,
                Schedule = ScheduleKind.Constant,
            }.Steps(),
        ];
        PairOutcome first = steps[0].Metrics.Outcomes[0];
        double missing = Math.Max(0, 0.3 - Math.Exp(first.ChosenMean) + Math.Exp(first.RejectedMean));
        Assert.Equal(missing * missing, first.Loss, 12);
        Assert.True(steps[^1].Loss < steps[0].Loss / 2, $"{steps[0].Loss} to {steps[^1].Loss}");
    }
}
