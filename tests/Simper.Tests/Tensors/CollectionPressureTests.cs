using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Evaluation;
using Simper.Generation;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Tensors;

/// <summary>
/// What a run computes does not depend on when garbage is collected: native memory that nothing keeps alive would be freed by a
/// finalizer while libtorch reads it, or hold another number by then. Half a minute; ten with SIMPER_LONG=1. Runs alone, since it
/// slows down what runs beside it.
/// </summary>
[Collection(nameof(CollectionPressureTests))]
[CollectionDefinition(nameof(CollectionPressureTests), DisableParallelization = true)]
public class CollectionPressureTests
{
    private static readonly TokenizedGroup[] Pairs =
    [
        .. Enumerable.Range(0, 6).Select(i => ToyDecoder.Group(i, 3 + i % 4, 2 + i % 5, 1 + i % 3)),
    ];

    private static readonly TimeSpan Duration = Environment.GetEnvironmentVariable("SIMPER_LONG") is null
        ? TimeSpan.FromSeconds(15)
        : TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void The_same_bits_while_another_thread_collects_without_pause(string type)
    {
        Precision precision = type == "float32" ? Precision.Float32 : Precision.BFloat16;
        string[] undisturbed = [.. Results(precision)];
        using var pressure = new Pressure();
        var clock = Stopwatch.StartNew();
        do
        {
            foreach ((string expected, string found) in undisturbed.Zip(Results(precision)))
                Assert.Equal(expected, found);
        } while (clock.Elapsed < Duration);
        Assert.True(pressure.Collections > 100, $"only {pressure.Collections} collections");
    }

    // Everything that a run does with tensors, as text: steps and weights of all objectives, held-out figures, answers,
    // gradients.
    private static IEnumerable<string> Results(Precision precision)
    {
        foreach (ObjectiveKind kind in ObjectiveCatalog.Standard.Kinds)
            yield return Train(kind.Default, precision);
        using LanguageModel model = Model(precision);
        PreferenceMetrics metrics = PreferenceEvaluation.Run(model, Pairs, new SimPer(), pairsPerMicroBatch: 2);
        yield return string.Join(
            ' ',
            metrics.Named().Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:R}"))
        );
        var sampled = new SamplingSettings { MaxNewTokens = 12, Temperature = 0.8 };
        yield return string.Join(
            '|',
            new TextGenerator(model).Generate([.. Pairs.Select(p => p.Prompt)], sampled).Select(a => string.Join(' ', a.Ids))
        );
        using var probe = new GradientProbe(model.Decoder);
        yield return string.Join(
            ' ',
            probe.Measure(Pairs).Select(d => d.LogProbs.ChosenSum.ToString("R", CultureInfo.InvariantCulture))
        );
    }

    private static string Train(Objective objective, Precision precision)
    {
        using LanguageModel model = Model(precision);
        IReadOnlyList<TokenizedGroup> data = objective.Arrange(Pairs, pairsPerMicroBatch: 2, maxLength: 64);
        var trainer = new Trainer(model, data, objective)
        {
            LearningRate = 1e-2,
            PairsPerStep = 4,
            PairsPerMicroBatch = 2,
            MaxSteps = 2,
            Shuffle = objective.Takes != PreferenceKind.Mismatched,
            References = objective.NeedsReference ? ReferenceScores.Of(model, data, needs: objective.Needs) : null,
        };
        string[] losses =
        [
            .. trainer.Steps().Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Loss:R} {s.GradientNorm:R}")),
        ];
        return $"{objective.Name} {string.Join(' ', losses)} {Hash(model)}";
    }

    private static string Hash(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Parameter parameter in model.Parameters)
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Numbers.Of(parameter.Values()).AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static LanguageModel Model(Precision precision) =>
        LanguageModel.Create(new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()), seed: 3, precision);

    /// <summary>Collects and runs finalizers until it is disposed.</summary>
    private sealed class Pressure : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _ends;

        public Pressure()
        {
            _thread = new Thread(() =>
            {
                while (!_ends)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    Collections++;
                }
            })
            {
                IsBackground = true,
            };
            _thread.Start();
        }

        public int Collections { get; private set; }

        public void Dispose()
        {
            _ends = true;
            _thread.Join();
        }
    }
}
