using Simper.Batching;
using Simper.Models;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>What a run will take: counted from shapes and lengths, and measured on the longest pairs.</summary>
public sealed record RunForecast
{
    public required MemoryPlan Memory { get; init; }

    /// <summary>Optimizer steps of the run.</summary>
    public required int Steps { get; init; }

    /// <summary>Groups of the data.</summary>
    public required int Pairs { get; init; }

    /// <summary>Mean tokens that a model computes per pair, its prompt once.</summary>
    public required double TokensPerPair { get; init; }

    /// <summary>
    /// Tokens per pair in a padded trainer: the prompt with each answer, both padded to the longer one.
    /// </summary>
    public required double PaddedTokensPerPair { get; init; }

    /// <summary>Mean operations needed per pair.</summary>
    public required double OperationsPerPair { get; init; }

    /// <summary>Operations per second over the pairs that were run.</summary>
    public required double MeasuredOperationsPerSecond { get; init; }

    /// <summary>The process's peak memory after one whole step over the longest pairs.</summary>
    public required long MeasuredPeakBytes { get; init; }

    /// <summary>Bytes of the adapter that trains; null where all weights do.</summary>
    public long? AdapterBytes { get; init; }

    /// <summary>Duration of the run at the measured speed.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(Math.Min(1e9, OperationsPerPair * PairsOfRun / MeasuredOperationsPerSecond));

    /// <summary>Pairs that the steps will see, repetitions included.</summary>
    public required long PairsOfRun { get; init; }

    /// <summary>Training pairs that evaluations score for the ledger alone, over the whole run: forward passes.</summary>
    public long ScoredForLedger { get; init; }

    /// <summary>
    /// A dry run of a recipe's longest pairs, forward and backward, with the optimizer's memory allocated but without a step;
    /// nothing is written, no weight is changed.
    /// </summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or it does not fit into the
    /// memory.</exception>
    public static RunForecast Of(Recipe recipe)
    {
        RunSetup.ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DataName));
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
            needed += Operations.Needed(group, model.Shape, model.ParameterCount, model.TrainedCount);
        }
        TokenizedGroup[] measured =
        [
            .. longest.UnorderedItems.OrderByDescending(g => g.Priority).ThenBy(g => g.Element.Row).Select(g => g.Element),
        ];
        double operations = measured.Sum(g => Operations.Needed(g, model.Shape, model.ParameterCount, model.TrainedCount));
        if (setup.Objective.NeedsReference) // the policy itself, on the pairs that are run
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
            AdapterBytes = model.Adapter?.Weights.Sum(w => w.Bytes),
            Pairs = pairs,
            PairsOfRun = (long)trainer.TotalSteps * trainer.PairsPerStep,
            ScoredForLedger = setup.Rows.HeldOut is null ? 0 : RunSize.Evaluations(setup) * setup.LedgerTrain.Count,
            TokensPerPair = tokens / pairs,
            PaddedTokensPerPair = padded / pairs,
            OperationsPerPair = needed / pairs,
            MeasuredOperationsPerSecond = operations / elapsed.TotalSeconds,
            MeasuredPeakBytes = ProcessMemory.Peak(),
        };
    }
}
