using Simper.Batching;
using Simper.Models;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>What a run will take: counted from shapes and lengths, and measured on the longest pair.</summary>
public sealed record RunForecast
{
    public required MemoryPlan Memory { get; init; }

    /// <summary>Optimizer steps of the run.</summary>
    public required int Steps { get; init; }

    /// <summary>Groups of the data.</summary>
    public required int Pairs { get; init; }

    /// <summary>Tokens of a pair that a model computes, on average, its prompt once.</summary>
    public required double TokensPerPair { get; init; }

    /// <summary>
    /// Tokens of a pair as a padded trainer computes it, the prompt with each answer and both filled up to the longer one.
    /// </summary>
    public required double PaddedTokensPerPair { get; init; }

    /// <summary>Operations that a pair needs, on average.</summary>
    public required double OperationsPerPair { get; init; }

    /// <summary>Operations a second over the pairs that were run.</summary>
    public required double MeasuredOperationsPerSecond { get; init; }

    /// <summary>The process's peak after one whole step over the longest pairs.</summary>
    public required long MeasuredPeakBytes { get; init; }

    /// <summary>How long the run will take at the pace that was measured.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(Math.Min(1e9, OperationsPerPair * PairsOfRun / MeasuredOperationsPerSecond));

    /// <summary>Pairs that the steps will see, repeated ones counted again.</summary>
    public required long PairsOfRun { get; init; }

    /// <summary>
    /// Runs the longest pairs of a recipe forward and backward, with the optimizer's memory in place but without a step; nothing is
    /// written, no weight is changed.
    /// </summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or it does not fit into the
    /// memory.</exception>
    public static RunForecast Of(Recipe recipe)
    {
        RunSetup.ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DatasetName));
        OperatorCheck.Run();
        using var setup = new RunSetup(recipe);
        return Of(setup, setup.PlanMemory());
    }

    private static RunForecast Of(RunSetup setup, MemoryPlan plan)
    {
        LanguageModel model = setup.Policy;
        int answers = setup.Objective.UsesRejected ? int.MaxValue : 1;
        int pairsPerStep = setup.Recipe.TrainBatchSize * setup.Recipe.GradientAccumulationSteps;
        var longest = new PriorityQueue<TokenizedGroup, int>();
        (double tokens, double padded, double needed) = (0, 0, 0);
        foreach (TokenizedGroup group in setup.Train)
        {
            int own = MicroBatch.TokensOf(group, answers);
            longest.Enqueue(group, own);
            if (longest.Count > pairsPerStep)
                longest.Dequeue();
            tokens += own;
            padded += 2.0 * (group.Prompt.Length + group.Answers.Max(a => a.Ids.Length));
            needed += Operations.Needed(group, model.Shape, model.ParameterCount);
        }
        TokenizedGroup[] measured =
        [
            .. longest.UnorderedItems.OrderByDescending(g => g.Priority).ThenBy(g => g.Element.Row).Select(g => g.Element),
        ];
        double operations = measured.Sum(g => Operations.Needed(g, model.Shape, model.ParameterCount));
        if (setup.Objective.NeedsReference) // the policy itself, of the pairs that are run
            setup.HoldTo(setup.Score(measured));
        Trainer trainer = setup.MakeTrainer(plan);
        TimeSpan elapsed = trainer.DryRun(measured);
        MicroBatch[] passes =
        [
            .. MicroBatchPlan
                .Split(measured, trainer.PairsPerMicroBatch, trainer.TokensPerMicroBatch, answers)
                .Select(part => MicroBatch.Of(part, answers)),
        ];
        int pairs = setup.Train.Count;
        return new RunForecast
        {
            Memory = plan with
            {
                LargestPass = passes.Max(p => p.Tokens),
                HeadRows = Math.Min(plan.HeadRows, passes.Max(p => p.Scored.Count)),
            },
            Steps = trainer.TotalSteps,
            Pairs = pairs,
            PairsOfRun = (long)trainer.TotalSteps * trainer.PairsPerStep,
            TokensPerPair = tokens / pairs,
            PaddedTokensPerPair = padded / pairs,
            OperationsPerPair = needed / pairs,
            MeasuredOperationsPerSecond = operations / elapsed.TotalSeconds,
            MeasuredPeakBytes = ProcessMemory.Peak(),
        };
    }
}
