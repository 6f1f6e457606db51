using Simper.Batching;
using Simper.Models;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

/// <summary>The reference's sums: what tells groups apart, and the file that keeps them.</summary>
public sealed class ReferenceScoresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private readonly LanguageModel _model = LanguageModel.Load(
        Path.Combine(SharedFiles.Repository, "assets", "demo", "model"),
        trainable: false
    );

    private readonly TokenizedGroup[] _groups = [.. Enumerable.Range(1, 3).Select(i => ToyDecoder.Group(i, 3, 2, 4))];

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private sealed class Counter : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }

    private (double[] Sums, int Computed) Cached(ScoreNeeds? needs = null)
    {
        using var scope = NewDisposeScope();
        var counter = new Counter();
        ReferenceScores scores = ReferenceScores.Cached(
            _folder["cache"],
            _model,
            [_groups],
            needs ?? ScoreNeeds.Sums,
            progress: counter
        );
        return (Numbers.Of(scores.For(_groups, MicroBatch.Of(_groups), ScalarType.Float64)), counter.Last);
    }

    [Fact]
    public void A_second_run_reads_what_the_first_one_computed()
    {
        (double[] sums, int computed) = Cached();
        Assert.Equal(3, computed);
        Assert.Equal(6, sums.Distinct().Count());
        (double[] again, int nothing) = Cached();
        Assert.Equal(sums, again);
        Assert.Equal(0, nothing);
        Assert.Single(Directory.GetFiles(_folder["cache"]));
        Assert.Equal(3, Cached(ScoreNeeds.Sums with { TailWeight = 0.5 }).Computed); // other numbers, another file
        Assert.Equal(2, Directory.GetFiles(_folder["cache"]).Length);
    }

    [Fact]
    public void A_file_that_is_damaged_or_cut_is_computed_again()
    {
        double[] sums = Cached().Sums;
        string file = Assert.Single(Directory.GetFiles(_folder["cache"]));
        byte[] whole = File.ReadAllBytes(file);
        byte[] changed = [.. whole];
        changed[^1] ^= 1;
        foreach (byte[] damaged in (byte[][])[changed, whole[..^1], whole[..39], whole[..10], []])
        {
            File.WriteAllBytes(file, damaged);
            Assert.Equal(3, Cached().Computed);
            Assert.Equal(sums, Cached().Sums);
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
    }

    [Fact]
    public void Groups_differ_by_row_prompt_answers_and_what_is_scored()
    {
        TokenizedGroup group = ToyDecoder.Group(1, 3, 2, 4);
        TokenizedAnswer Answer(int[] ids, params bool[] scored) => new() { Ids = ids, IsScored = scored };
        TokenizedGroup[] unlike =
        [
            group,
            group with
            {
                Row = 2,
            },
            group with
            {
                Prompt = [.. group.Prompt.Reverse()],
            },
            group with
            {
                Prompt = [],
                Answers =
                [
                    .. group.Answers.Select(a => Answer([.. group.Prompt, .. a.Ids], [false, false, false, .. a.IsScored])),
                ],
            },
            group with
            {
                Answers = [Answer(group.Answers[0].Ids, false, true), group.Answers[1]],
            },
            group with
            {
                Answers = [group.Answers[1], group.Answers[0]],
            },
        ];
        Assert.Equal(unlike.Length, ReferenceScores.Of(_model, [.. unlike, .. unlike]).Count);
    }

    [Fact]
    public void Scoring_stops_between_passes_when_it_is_cancelled() =>
        Assert.Throws<OperationCanceledException>(() =>
            ReferenceScores.Of(_model, _groups, cancel: new CancellationToken(canceled: true))
        );

    [Fact]
    public void A_reference_model_follows_every_few_steps_by_its_share()
    {
        using LanguageModel policy = Trainable();
        using LanguageModel followed = Trainable();
        Assert.Equal(0.6, new ReferenceModel(followed).MixupAlpha);
        using (no_grad())
            policy.Parameters[0].Weight.Set(policy.Parameters[0].Values().Times(3.0));
        double[] start = Numbers.Of(followed.Parameters[0].Values());
        double[] goal = Numbers.Of(policy.Parameters[0].Values());
        new ReferenceModel(followed).AfterStep(policy, 1); // never
        Assert.Equal(start, Numbers.Of(followed.Parameters[0].Values()));
        var reference = new ReferenceModel(followed) { SyncSteps = 2, MixupAlpha = 0.25 };
        reference.AfterStep(policy, 1);
        Assert.Equal(start, Numbers.Of(followed.Parameters[0].Values()));
        reference.AfterStep(policy, 2);
        Assert.Equal(
            start.Zip(goal, (s, g) => 0.25 * g + 0.75 * s),
            Numbers.Of(followed.Parameters[0].Values()),
            (a, b) => Math.Abs(a - b) < 1e-6
        );

        static LanguageModel Trainable() => LanguageModel.Load(Path.Combine(SharedFiles.Repository, "assets", "demo", "model"));
    }
}
