using System.Text.Json.Nodes;
using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

public class TrainerTests
{
    private static readonly TokenizedGroup[] Data =
    [
        .. Enumerable.Range(0, 14).Select(i => ToyDecoder.Group(i, 3 + i % 4, 2 + i % 5, 1 + i % 3)),
    ];

    private static LanguageModel Model(Precision? precision = null) =>
        LanguageModel.Create(
            new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()),
            seed: 3,
            precision ?? Precision.Float64
        );

    private static double[] Weights(LanguageModel model) => [.. model.Parameters.SelectMany(p => Numbers.Of(p.Master))];

    private static Trainer Make(
        LanguageModel model,
        int perStep = 6,
        int perPass = 6,
        Objective? objective = null,
        bool recompute = false
    ) =>
        new(model, Data, objective ?? new SimPer())
        {
            LearningRate = 1e-2,
            PairsPerStep = perStep,
            PairsPerMicroBatch = perPass,
            Epochs = 2,
            Warmup = 1,
            RecomputeActivations = recompute,
        };

    [Fact]
    public void Accumulated_micro_batches_are_one_large_batch_also_where_the_last_is_short()
    {
        using LanguageModel whole = Model();
        using LanguageModel split = Model();
        StepReport[] one = [.. Make(whole, perStep: 6, perPass: 6).Steps()];
        StepReport[] many = [.. Make(split, perStep: 6, perPass: 4).Steps()];
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(one[i].Loss, many[i].Loss, 12);
        Close(Weights(whole), Weights(split));
    }

    [Fact]
    public void Supervised_loss_weighs_tokens_alike_whatever_the_split()
    {
        using LanguageModel whole = Model();
        using LanguageModel split = Model();
        StepReport[] one = [.. Make(whole, perPass: 6, objective: new Sft()).Steps()];
        StepReport[] many = [.. Make(split, perPass: 1, objective: new Sft()).Steps()];
        Assert.Equal(one.Select(s => Math.Round(s.Loss, 12)), many.Select(s => Math.Round(s.Loss, 12)));
        Close(Weights(whole), Weights(split));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_another_order()
    {
        using LanguageModel a = Model(Precision.Float32);
        using LanguageModel b = Model(Precision.Float32);
        _ = Make(a).Steps().ToArray();
        _ = Make(b).Steps().ToArray();
        Assert.Equal(Weights(a), Weights(b));
        Assert.NotEqual(
            new Trainer(a, Data, new SimPer()) { Seed = 1 }
                .Order.GroupsOf(0)
                .Select(g => g.Row),
            new Trainer(a, Data, new SimPer()) { Seed = 2 }
                .Order.GroupsOf(0)
                .Select(g => g.Row)
        );
    }

    [Fact]
    public void Recomputed_activations_train_to_the_same_bits()
    {
        using LanguageModel kept = Model(Precision.Float32);
        using LanguageModel again = Model(Precision.Float32);
        _ = Make(kept).Steps().ToArray();
        _ = Make(again, recompute: true).Steps().ToArray();
        Assert.Equal(Weights(kept), Weights(again));
    }

    /// <summary>Exact streaming: a separable objective's pair, answer by answer, with the memory of one answer.</summary>
    [Theory]
    [InlineData(1)] // every answer is too long to keep: recomputed
    [InlineData(9)] // some pairs answer by answer, some whole
    [InlineData(12)]
    public void Pairs_that_are_too_long_to_keep_train_to_the_same_weights(int keptTokens)
    {
        using LanguageModel whole = Model();
        using LanguageModel streamed = Model();
        StepReport[] expected = [.. Make(whole).Steps()];
        StepReport[] steps =
        [
            .. new Trainer(streamed, Data, new SimPer())
            {
                LearningRate = 1e-2,
                PairsPerStep = 6,
                PairsPerMicroBatch = 6,
                TokensPerMicroBatch = 5,
                KeptTokens = keptTokens,
                Epochs = 2,
                Warmup = 1,
            }.Steps(),
        ];
        Assert.Equal(expected.Select(s => Math.Round(s.Loss, 12)), steps.Select(s => Math.Round(s.Loss, 12)));
        Assert.Equal(
            expected.Select(s => Math.Round(s.Metrics.RewardMargin, 12)),
            steps.Select(s => Math.Round(s.Metrics.RewardMargin, 12))
        );
        Close(Weights(whole), Weights(streamed));
    }

    /// <summary>Logits of a whole pass, kept for its backward pass, against logits by chunks, made again there.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Logits_by_chunks_train_to_the_same_weights(int headRows)
    {
        using LanguageModel whole = Model();
        using LanguageModel chunked = Model();
        Trainer Sixes(LanguageModel model, int rows) =>
            new(model, Data, new SimPer())
            {
                LearningRate = 1e-2,
                PairsPerStep = 6,
                PairsPerMicroBatch = 6,
                HeadRows = rows,
                Warmup = 1,
            };
        Assert.Equal(
            Sixes(whole, 1000).Steps().Select(s => Math.Round(s.Loss, 12)),
            Sixes(chunked, headRows).Steps().Select(s => Math.Round(s.Loss, 12))
        );
        Close(Weights(whole), Weights(chunked));
    }

    [Fact]
    public void Pairs_of_objectives_that_cannot_be_taken_apart_are_recomputed_instead()
    {
        using LanguageModel whole = Model();
        using LanguageModel limited = Model();
        ReferenceScores references = ReferenceScores.Of(whole, Data);
        Trainer Dpo(LanguageModel model, int kept) =>
            new(model, Data, new Dpo())
            {
                LearningRate = 1e-2,
                PairsPerStep = 14,
                Epochs = 2,
                References = references,
                TokensPerMicroBatch = 5,
                KeptTokens = kept,
            };
        Assert.Equal(
            Dpo(whole, int.MaxValue).Steps().Select(s => Math.Round(s.Loss, 12)),
            Dpo(limited, 3).Steps().Select(s => Math.Round(s.Loss, 12))
        );
        Close(Weights(whole), Weights(limited));
    }

    [Fact]
    public void A_plan_fits_its_memory_or_says_what_would_do()
    {
        using LanguageModel model = Model(Precision.Float32);
        MemoryPlan roomy = MemoryPlan.For(model, Data, new SimPer(), 8L << 30, 1 << 20);
        Assert.Equal(MemoryPlan.EnoughTokens, roomy.TokensPerMicroBatch);
        long least = roomy.BaselineBytes + roomy.StateBytes + roomy.HeadBytes + roomy.WorkBytes;
        MemoryPlan tight = MemoryPlan.For(model, Data, new SimPer(), least + 30_000, 1 << 20);
        Assert.True(tight.KeptTokens < roomy.KeptTokens && tight.PeakBytes <= least + 30_000);
        string error = Assert.Throws<SimperException>(() => MemoryPlan.For(model, Data, new SimPer(), 1000, 1 << 20)).Message;
        Assert.Contains("Give at least", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_epoch_visits_every_group_once()
    {
        using LanguageModel model = Model();
        Trainer trainer = Make(model);
        Assert.Equal((3, 6), (trainer.StepsPerEpoch, trainer.TotalSteps));
        for (int epoch = 0; epoch < 2; epoch++)
            Assert.Equal(
                Enumerable.Range(0, 14),
                Enumerable.Range(epoch * 3, 3).SelectMany(s => trainer.Order.GroupsOf(s)).Select(g => g.Row).Order()
            );
    }

    [Fact]
    public void Training_lowers_the_loss_and_reports_what_it_did()
    {
        using LanguageModel model = Model();
        StepReport[] steps =
        [
            .. new Trainer(model, Data, new SimPer())
            {
                LearningRate = 2e-2,
                PairsPerStep = 14,
                Epochs = 30,
                Schedule = ScheduleKind.Constant,
            }.Steps(),
        ];
        Assert.True(steps[^1].Loss < steps[0].Loss - 0.1, $"{steps[0].Loss} to {steps[^1].Loss}");
        Assert.Equal(30, steps[^1].Number);
        Assert.Equal(1, steps[0].Epoch);
    }

    [Fact]
    public void Dpo_starts_at_ln_2_and_then_falls()
    {
        using LanguageModel model = Model();
        var trainer = new Trainer(model, Data, new Dpo())
        {
            LearningRate = 1e-2,
            PairsPerStep = 14,
            Epochs = 5,
            References = ReferenceScores.Of(model, Data),
            Schedule = ScheduleKind.Constant,
        };
        StepReport[] steps = [.. trainer.Steps()];
        Assert.Equal(Math.Log(2), steps[0].Loss, 9);
        Assert.True(steps[^1].Loss < steps[0].Loss);
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_before_the_update_and_names_the_row()
    {
        using LanguageModel model = Model(Precision.Float32);
        using (no_grad())
            model.Parameters[0].Master[Data[5].Prompt[0]].Fill(float.NaN);
        double[] before = Weights(model);
        DivergedException e = Assert.Throws<DivergedException>(() =>
            new Trainer(model, [Data[5]], new SimPer()).Steps().ToArray()
        );
        Assert.Contains("row 5", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, Weights(model));
    }

    [Fact]
    public void Single_answers_are_refused_for_pairs()
    {
        using LanguageModel model = Model();
        Assert.Contains(
            "loss_type sft",
            Assert.Throws<SimperException>(() => new Trainer(model, [ToyDecoder.Group(1, 2, 3)], new SimPer())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        using LanguageModel model = Model(Precision.BFloat16);
        Live.ExpectNoneLeft(() => _ = Make(model).Steps().ToArray());
        Live.ExpectNoneLeft(() => _ = Make(model).Steps().Take(2).ToArray()); // a caller that stops early
    }

    [Fact]
    public void Adamw_s_first_step_is_the_sign_of_the_gradient_times_the_rate()
    {
        // m̂ / (√v̂ + ε) = g / (|g| + ε): by hand, with decay 0.1 on the matrix and none on the vector.
        using TensorWeight matrix = Weight.Of(
            "m",
            tensor(
                new[,]
                {
                    { 1.0, -2.0 },
                }
            ),
            KernelSet.For(Precision.Float64),
            isMatrix: true,
            trains: true
        );
        using TensorWeight vector = Weight.Of(
            "v",
            tensor([1.0]),
            KernelSet.For(Precision.Float64),
            isMatrix: false,
            trains: true
        );
        using var noGrad = no_grad();
        matrix.Parameter!.AddToGradient(
            tensor(
                new[,]
                {
                    { 0.5, -0.25 },
                }
            )
        );
        vector.Parameter!.AddToGradient(tensor([3.0]));
        using var optimizer = new AdamW([vector.Parameter, matrix.Parameter]) { WeightDecay = 0.1 };
        optimizer.Step(0.01);
        Assert.Equal(
            [1 * (1 - 0.001) - 0.01, -2 * (1 - 0.001) + 0.01],
            Numbers.Of(matrix.Parameter!.Master).Select(x => Math.Round(x, 9))
        );
        Assert.Equal(1 - 0.01, Numbers.Of(vector.Parameter!.Master)[0], 8);
    }

    private static void Close(double[] expected, double[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 9);
    }
}
