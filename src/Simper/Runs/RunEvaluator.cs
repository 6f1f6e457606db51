using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Reports;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>Evaluates the held-out pairs of a run and writes what was found into its folder.</summary>
internal sealed class RunEvaluator(
    Recipe recipe,
    LanguageModel model,
    IReadOnlyList<TokenizedGroup>? heldOut,
    Reference? references,
    RunFolder folder
)
{
    /// <summary>
    /// Metrics with the prefix <c>eval_</c>; before and after also every pair and answers. Null where nothing is held out.
    /// </summary>
    public PreferenceMetrics? Run(int step, double epoch, string when, CancellationToken cancel)
    {
        if (heldOut is null)
            return null;
        PreferenceMetrics metrics = PreferenceEvaluation.Run(
            model,
            heldOut,
            recipe.Objective,
            references,
            recipe.EvalBatchSize,
            cancel: cancel
        );
        folder.Log(step, epoch, metrics.Named().Select(m => KeyValuePair.Create("eval_" + m.Key, m.Value)));
        if (when is not ("before" or "after"))
            return metrics;
        if (when == "before") // an earlier run that was broken off left its own
        {
            folder.Write("pairs.jsonl", "");
            folder.Write("samples.jsonl", "");
        }
        folder.Append("pairs.jsonl", Pairs(when, heldOut, metrics));
        if (recipe.Samples > 0)
            folder.Append("samples.jsonl", SampleAnswers.Of(model, heldOut, recipe.Samples, recipe.SampleTokens, when));
        return metrics;
    }

    // Texts stand in the lines of the first evaluation; those of the second name the same rows in the same order.
    private IEnumerable<System.Text.Json.Nodes.JsonObject> Pairs(
        string when,
        IReadOnlyList<TokenizedGroup> groups,
        PreferenceMetrics metrics
    ) =>
        metrics.Outcomes.Select(
            (outcome, i) =>
                PairRecord.Of(when, outcome, when == "before" ? PairTexts.Of(groups[i], model.Files.Tokenizer) : null).ToJson()
        );
}
