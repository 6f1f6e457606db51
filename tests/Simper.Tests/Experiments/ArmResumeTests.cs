using System.Text.RegularExpressions;
using Simper.Experiments;
using Simper.Objectives;
using Simper.Runs;
using Simper.Scoring;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;

namespace Simper.Tests.Experiments;

/// <summary>An experiment that was stopped, in whatever step or measurement, goes on to the files of an unbroken one.</summary>
public sealed partial class ArmResumeTests : IDisposable
{
    private static readonly ExperimentSettings Settings = new()
    {
        Every = 2,
        TrainPairs = 4,
        Answers = 2,
        AnswerTokens = 4,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Recipe Recipe(string output) =>
        DemoRecipe.In(_folder, rows: 24, heldOut: 8, output) with
        {
            TrainBatchSize = 6,
            MaxSteps = 4,
            Catalog = ObjectiveCatalog.Standard.With(Watched.Kind),
        };

    /// <summary>The experiments, given how what is evaluated is watched.</summary>
    private static IEnumerable<ExperimentEvent> Events(string command, Recipe recipe, Action evaluated, CancellationToken cancel)
    {
        ObjectiveArms[] objectives =
        [
            new(new ObjectiveSpec("watched", new Watched { Evaluated = evaluated }), [3e-4, 1e-3]),
            .. ObjectiveArms.ParseList("dpo", "3e-4", recipe),
        ];
        return command switch
        {
            "compare" => new ObjectiveComparison(recipe, objectives, [1, 2], Settings, RateChoice.Loss).Events(cancel),
            "dynamics" => new DynamicsStudy(recipe, objectives, Settings with { Answers = 0 }).Events(cancel),
            _ => new RateRangeTest(
                recipe with
                {
                    Objective = objectives[0].Spec.Objective,
                },
                [1e-4, 1e-3],
                Settings with
                {
                    Answers = 0,
                }
            ).Events(cancel),
        };
    }

    /// <summary>Runs it, and stops it when so much was evaluated and reported.</summary>
    private static bool IsDone(string command, Recipe recipe, int stop, List<ExperimentEvent> seen)
    {
        using var cancel = new CancellationTokenSource();
        int count = 0;
        void Count()
        {
            if (++count == stop)
                cancel.Cancel();
        }
        try
        {
            foreach (ExperimentEvent happened in Events(command, recipe, Count, cancel.Token))
            {
                seen.Add(happened);
                Count();
            }
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("tune")]
    [InlineData("dynamics")]
    public void Stopped_again_and_again_it_ends_with_the_same_files(string command)
    {
        Assert.True(IsDone(command, Recipe("whole"), -1, []));
        Recipe parts = Recipe("parts");
        var seen = new List<ExperimentEvent>();
        int stops = 0;
        for (int stop = 11; !IsDone(command, parts, stop, seen); stop += 6)
        {
            stops++;
            parts = parts with { ResumeFromCheckpoint = "true" };
        }
        Assert.InRange(stops, 2, 40);
        Assert.Contains(seen, e => e is ExperimentEvent.Message { Text: var text } && text.Contains(": goes on after step "));
        string[] names = Files("whole");
        Assert.Equal(names, Files("parts"));
        Assert.Contains($"{command}.json", names);
        foreach (string name in names)
            Assert.True(Content("whole", name) == Content("parts", name), name);
        Assert.Empty(Directory.GetDirectories(_folder["parts/arms"]));
    }

    [Fact]
    public void What_differs_is_refused_and_what_is_damaged_begins_anew()
    {
        Assert.True(IsDone("tune", Recipe("whole"), -1, []));
        Recipe parts = Recipe("parts");
        Refused("holds no experiment to go on with", parts with { ResumeFromCheckpoint = "true" });
        Assert.Empty(Directory.Exists(_folder["parts"]) ? Directory.GetFileSystemEntries(_folder["parts"]) : []);
        Assert.False(IsDone("tune", parts, 12, []));
        string checkpoint = Assert.Single(Directory.GetDirectories(_folder["parts/arms"], "*.checkpoint"));
        Recipe resumed = parts with { ResumeFromCheckpoint = "true" };
        Refused("seed: 42 there, 7 here", resumed with { Seed = 7 });
        Refused(
            "resume_from_checkpoint is elsewhere; an experiment goes on in its own folder",
            resumed with
            {
                ResumeFromCheckpoint = "elsewhere",
            }
        );
        Assert.True(File.Exists(Path.Combine(checkpoint, "manifest.json")));

        string state = Path.Combine(checkpoint, "optimizer.safetensors");
        byte[] bytes = File.ReadAllBytes(state);
        bytes[^1] ^= 1;
        File.WriteAllBytes(state, bytes);
        var seen = new List<ExperimentEvent>();
        Assert.True(IsDone("tune", resumed, -1, seen));
        Assert.Contains(
            seen,
            e =>
                e is ExperimentEvent.Message { Text: var text }
                && text.EndsWith("; the arm begins anew", StringComparison.Ordinal)
        );
        foreach (string name in Files("whole"))
            Assert.True(Content("whole", name) == Content("parts", name), name);

        void Refused(string why, Recipe recipe) =>
            Assert.Contains(
                why,
                Assert.Throws<SimperException>(() => IsDone("tune", recipe, -1, [])).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Checkpoints_are_written_as_often_as_the_recipe_says_and_not_at_all_without()
    {
        Recipe often = Recipe("often") with { SaveSteps = 1 };
        // Left as a killed process leaves it.
        foreach (ExperimentEvent happened in Events("tune", often, () => { }, CancellationToken.None))
        {
            if (happened is ExperimentEvent.Progress { Step: 3 })
                break;
        }
        var seen = new List<ExperimentEvent>();
        Assert.True(IsDone("tune", often, -1, seen));
        Assert.Contains(
            seen,
            e =>
                e is ExperimentEvent.Message { Text: var text }
                && text.EndsWith("goes on after step 3 of 4", StringComparison.Ordinal)
        );

        Recipe never = Recipe("never") with { SaveStrategy = SaveStrategy.No };
        Assert.False(IsDone("tune", never, 12, []));
        Assert.Empty(Directory.GetDirectories(_folder["never/arms"]));
        Assert.True(IsDone("tune", never, -1, []));
        foreach (string name in Files("often"))
            Assert.True(Content("often", name) == Content("never", name), name);
    }

    private string[] Files(string experiment) =>
        [
            .. Directory
                .GetFiles(_folder[experiment], "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(_folder[experiment], f))
                .Order(StringComparer.Ordinal),
        ];

    // Times differ between any two runs.
    private string Content(string experiment, string name)
    {
        string path = Path.Combine(_folder[experiment], name);
        return name.EndsWith(".png", StringComparison.Ordinal)
            ? Convert.ToHexString(File.ReadAllBytes(path))
            : Seconds().Replace(File.ReadAllText(path), "").Replace(_folder[experiment], "", StringComparison.Ordinal);
    }

    [GeneratedRegex("\"seconds\": ?[0-9.eE+-]+")]
    private static partial Regex Seconds();

    /// <summary>SimPER's loss held to a reference, which says when it is evaluated.</summary>
    private sealed record Watched : Objective
    {
        public static ObjectiveKind<Watched> Kind { get; } = new(new Watched());

        public Action? Evaluated { get; init; }

        public override string Name => "watched";

        public override bool NeedsReference => true;

        public override PairLoss Evaluate(PairScores scores)
        {
            Evaluated?.Invoke();
            return new(-scores.ChosenMean, scores.LogRatios);
        }
    }
}
