using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>Evaluates the held-out pairs of a run and writes what was found into its folder.</summary>
internal sealed class RunEvaluator(Recipe recipe, LanguageModel model, IReadOnlyList<TokenizedGroup>? heldOut, Reference? references, RunFolder folder)
{
    /// <summary>Metrics with the prefix <c>eval_</c>, and answers before and after; null where nothing is held out.</summary>
    public PreferenceMetrics? Run(int step, double epoch, string when, CancellationToken cancel)
    {
        if (heldOut is null)
            return null;
        PreferenceMetrics metrics = PreferenceEvaluation.Run(model, heldOut, recipe.Objective, references, recipe.EvalBatchSize, cancel: cancel);
        folder.Log(step, epoch, metrics.Named().Select(m => KeyValuePair.Create("eval_" + m.Key, m.Value)));
        if (when is "before" or "after" && recipe.Samples > 0)
            folder.Append("samples.jsonl", SampleAnswers.Of(model, heldOut, recipe.Samples, recipe.SampleTokens, when));
        return metrics;
    }
}
