using System.Text.Json.Nodes;
using Simper.Batching;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

/// <summary>NaN and infinities at many places of a step: none of it reaches weights, moments or the count of updates.</summary>
public class NonFiniteStepTests
{
    private const int Steps = 3;
    private const int PairsPerStep = 4;

    private static readonly double[] Bad = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    private static TokenizedGroup[] Data() =>
        [.. Enumerable.Range(1, Steps * PairsPerStep).Select(i => ToyDecoder.Group(i, 3, 2 + i % 3, 3))];

    private static LanguageModel Model(Precision precision) =>
        LanguageModel.Create(new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()), seed: 3, precision);

    private static string Hash(LanguageModel model, TrainingState state) =>
        $"{model.StateHash()} {WeightsHash.Sha256(state.Tensors.Select(t => t.Tensor.alias()))} {state.Updates}";

    /// <summary>Where a step is spoiled: the objective, the data, the reference, a gradient or a weight.</summary>
    private sealed record Place(string Name, int Step)
    {
        public Func<LanguageModel, Objective> Objective { get; init; } = _ => new SimPer();

        public Action<TokenizedGroup[]> Data { get; init; } = _ => { };

        public Simper.Training.Reference? Reference { get; init; }

        public string? Weight { get; init; }
    }

    private sealed class SpoiledReference(int row, double value) : Simper.Training.Reference
    {
        internal override Tensor For(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch, ScalarType type) =>
            tensor(batch.Answers.Select(a => a.Row == row ? value : -1).ToArray(), dtype: type);
    }

    // Every pair is a pass of its own, in the order of the data: the passes of steps are counted.
    private static PoisonedObjective AtPass(int pass, Func<PairScores, PairLoss, PairLoss> spoil)
    {
        int passes = 0;
        return new PoisonedObjective((scores, sound) => passes++ == pass ? spoil(scores, sound) : sound);
    }

    private static IEnumerable<Place> Places()
    {
        for (int pass = 0; pass < Steps * PairsPerStep; pass++)
        {
            (int at, double bad) = (pass, Bad[pass % Bad.Length]);
            int step = 1 + pass / PairsPerStep;
            yield return new Place($"loss {bad} of row {pass + 1}", step)
            {
                Objective = _ => AtPass(at, (_, sound) => sound with { Loss = sound.Loss + bad }),
            };
            yield return new Place($"weight {bad} of row {pass + 1}", step)
            {
                Data = rows => rows[at] = rows[at] with { Weights = [bad, -1] },
            };
            yield return new Place($"reference score {bad} of row {pass + 1}", step)
            {
                Objective = _ => AtPass(-1, (_, sound) => sound) with { AsksForReference = true },
                Reference = new SpoiledReference(at + 1, bad),
            };
            // The loss is finite, and its slope is not: √0.
            yield return new Place($"slope of row {pass + 1}", step)
            {
                Objective = _ =>
                    AtPass(
                        at,
                        (scores, sound) =>
                            sound with
                            {
                                Loss = sound.Loss + (scores.ChosenMean - new Column(scores.ChosenMean.Tensor.detach())).Sqrt(),
                            }
                    ),
            };
        }
        using LanguageModel model = Model(Precision.Float32);
        string[] names = [.. model.Parameters.Select(p => p.Name)];
        for (int i = 0; i < names.Length; i++)
        {
            (string name, double bad) = (names[i], Bad[i % Bad.Length]);
            int step = 1 + i % Steps;
            yield return new Place($"gradient {bad} of {name}", step)
            {
                // After the first pass of the step the gradient is there.
                Objective = policy =>
                    AtPass(
                        (step - 1) * PairsPerStep + 1,
                        (_, sound) =>
                        {
                            using var noGrad = no_grad();
                            using Tensor first = policy
                                .Parameters.Single(p => p.Name == name)
                                .GradientBuffer()
                                .flatten()
                                .narrow(0, 0, 1);
                            first.Fill((float)bad);
                            return sound;
                        }
                    ),
            };
            yield return new Place($"{name} itself", 2 + i % (Steps - 1)) { Weight = name };
        }
    }

    public static TheoryData<string> Precisions() => ["float32", "bfloat16"];

    private static Trainer Trainer(LanguageModel model, Place place, NonFiniteRule rule)
    {
        TokenizedGroup[] rows = Data();
        place.Data(rows);
        return new Trainer(model, rows, place.Objective(model))
        {
            LearningRate = 1e-3,
            PairsPerStep = PairsPerStep,
            TokensPerMicroBatch = 1,
            Shuffle = false,
            Schedule = ScheduleKind.Constant,
            References = place.Reference,
            NonFinite = rule,
        };
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void A_step_that_is_not_finite_is_skipped_with_every_bit_as_it_was(string dtype)
    {
        Precision precision = dtype == "float32" ? Precision.Float32 : Precision.BFloat16;
        Place[] places = [.. Places()];
        Assert.True(places.Length >= 50, $"{places.Length} places");
        foreach (Place place in places)
        {
            using LanguageModel model = Model(precision);
            Trainer trainer = Trainer(model, place, NonFiniteRule.Skip);
            var hashes = new List<string>();
            using IEnumerator<StepReport> steps = trainer.StepsFrom(state => hashes.Add(Hash(model, state))).GetEnumerator();
            for (int step = 1; step <= Steps; step++)
            {
                using Spoiled? spoiled = place.Weight is { } name && place.Step == step ? new Spoiled(model, name) : null;
                Assert.True(steps.MoveNext());
                spoiled?.Mend();
                hashes.Add(Hash(model, trainer.State!));
                bool isSpoiled = step == place.Step;
                StepReport report = steps.Current;
                Assert.True(report.Skip is not null == isSpoiled, $"{place.Name}: step {step}: {report.Skip?.Reason}");
                Assert.Equal(step >= place.Step ? 1 : 0, report.Skipped);
                Assert.True(hashes[^1] == hashes[^2] == isSpoiled, $"{place.Name}: the state after step {step}");
            }
            Assert.EndsWith($" {Steps - 1}", hashes[^1], StringComparison.Ordinal);
            Assert.All(model.Parameters, p => Assert.All(Numbers.Of(p.Values()), v => Assert.True(double.IsFinite(v))));
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Without_being_asked_to_skip_it_training_stops_before_the_update(string dtype)
    {
        Precision precision = dtype == "float32" ? Precision.Float32 : Precision.BFloat16;
        foreach (Place place in Places().Where(p => p.Weight is null))
        {
            using LanguageModel model = Model(precision);
            Trainer trainer = Trainer(model, place, NonFiniteRule.Stop);
            var hashes = new List<string>();
            string? diverging = null;
            using IEnumerator<StepReport> steps = trainer
                .StepsFrom(state => hashes.Add(Hash(model, state)), state => diverging = Hash(model, state))
                .GetEnumerator();
            for (int step = 1; step < place.Step; step++)
            {
                Assert.True(steps.MoveNext());
                hashes.Add(Hash(model, trainer.State!));
            }
            DivergedException e = Assert.Throws<DivergedException>(() => steps.MoveNext());
            Assert.Equal(place.Step, e.Step);
            Assert.StartsWith("The ", e.What, StringComparison.Ordinal);
            Assert.Equal(hashes[^1], diverging);
        }
    }

    [Fact]
    public void So_many_in_a_row_are_skipped_and_then_training_stops()
    {
        using LanguageModel model = Model(Precision.Float32);
        double[] before = [.. model.Parameters.SelectMany(p => Numbers.Of(p.Values()))];
        var trainer = new Trainer(
            model,
            Data(),
            new PoisonedObjective((_, sound) => sound with { Loss = sound.Loss * double.NaN })
        )
        {
            PairsPerStep = 1,
            Epochs = 2,
            NonFinite = NonFiniteRule.Skip,
        };
        var seen = new List<StepReport>();
        DivergedException e = Assert.Throws<DivergedException>(() => seen.AddRange(trainer.Steps()));
        Assert.Equal(Enumerable.Range(1, StepGuard.MostInARow), seen.Select(r => r.Skipped!.Value));
        Assert.Equal(StepGuard.MostInARow + 1, e.Step);
        Assert.Contains("after 10 such steps in a row; the step was not applied", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Parameters.SelectMany(p => Numbers.Of(p.Values())));
    }

    [Fact]
    public void Steps_in_between_that_are_finite_begin_the_count_anew()
    {
        using LanguageModel model = Model(Precision.Float32);
        int passes = 0;
        var trainer = new Trainer(
            model,
            Data(),
            new PoisonedObjective((_, sound) => passes++ % 10 == 9 ? sound : sound with { Loss = sound.Loss * double.NaN })
        )
        {
            PairsPerStep = 1,
            MaxSteps = 60,
            NonFinite = NonFiniteRule.Skip,
        };
        Assert.Equal(54, trainer.Steps().Last().Skipped);
    }

    /// <summary>A weight whose values are NaN for a while.</summary>
    private sealed class Spoiled : IDisposable
    {
        private readonly TensorWeight _weight;
        private readonly Tensor[] _sound;

        public Spoiled(LanguageModel model, string name)
        {
            using var noGrad = no_grad();
            _weight = model.Parameters.Single(p => p.Name == name).Weight;
            _sound = [.. _weight.State.Select(s => s.Tensor.clone())];
            _weight.State[0].Tensor.Fill(float.NaN);
            _weight.Restored();
        }

        public void Mend()
        {
            using var noGrad = no_grad();
            foreach (((_, Tensor tensor), Tensor sound) in _weight.State.Zip(_sound))
                tensor.copy_(sound);
            _weight.Restored();
        }

        public void Dispose()
        {
            foreach (Tensor tensor in _sound)
                tensor.Dispose();
        }
    }
}
