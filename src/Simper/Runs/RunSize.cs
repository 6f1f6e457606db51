using Simper.Models;
using TorchSharp;

namespace Simper.Runs;

/// <summary>Estimates how much a run will write, so that a full disk is detected before the first step.</summary>
internal static class RunSize
{
    // Measured on runs and rounded up: a line of metrics in both logs, a held-out pair (both evaluations, the texts once), a
    // token of an answer.
    private const long LineBytes = 4_000;
    private const long PairBytes = 6_000;
    private const long TokenBytes = 8;

    // A pair in the ledger, each time that it is recorded.
    private const long RecordBytes = 120;

    // The report and the plots, whatever the run.
    private const long ReportBytes = 4_000_000;

    /// <summary>Only weights, before anything is read; the dtypes are not known yet, so the narrowest.</summary>
    public static long OfWeights(Recipe recipe)
    {
        if (recipe.UsePeft)
            return 0; // an adapter is small, and how large is known once the model is there
        int bytes =
            recipe.Dtype is { } type ? type.Compute.ElementSize()
            : recipe.FromScratch ? 4
            : 2;
        return bytes * LanguageModel.WeightCountOf(RunFolder.ModelOf(recipe.ModelNameOrPath), withoutWeights: recipe.FromScratch);
    }

    /// <summary>Model, logs, pairs, ledger, samples and report, in bytes.</summary>
    public static long Of(RunSetup setup)
    {
        (Recipe recipe, LanguageModel model, int steps) = (setup.Recipe, setup.Policy, setup.TotalSteps);
        long pairs = setup.HeldOut?.Count ?? 0;
        long evaluations = Evaluations(setup);
        long lines = steps / recipe.LoggingSteps + evaluations;
        long samples = 2L * Math.Min(recipe.Samples, pairs) * TokenBytes * (recipe.MaxLength + recipe.SampleTokens);
        long weights = model.Adapter is { } adapter
            ? adapter.ParameterCount * sizeof(float)
            : model.ParameterCount * model.Precision.Compute.ElementSize();
        return weights
            + model.Files.TokenizerFiles.Values.Sum(f => f.LongLength)
            + lines * LineBytes
            + pairs * PairBytes
            + Recorded(setup, pairs, evaluations) * RecordBytes
            + samples
            + ReportBytes;
    }

    /// <summary>Evaluations of the run: before, after, and about so many between.</summary>
    public static long Evaluations(RunSetup setup) =>
        2 + (setup.Recipe.EvalSteps > 0 ? setup.TotalSteps / setup.Recipe.EvalSteps : 0);

    private static long Recorded(RunSetup setup, long heldOut, long evaluations)
    {
        if (setup.Recipe.Ledger == LedgerScope.No)
            return 0;
        long trained =
            setup.Recipe.Ledger == LedgerScope.All ? (long)(setup.Order.EpochsBehind(setup.TotalSteps) * setup.Train.Count) : 0;
        return trained + evaluations * (heldOut + setup.LedgerTrain.Count);
    }
}
