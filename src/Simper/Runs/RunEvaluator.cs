using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Reports;

namespace Simper.Runs;

/// <summary>
/// Evaluates a run's held-out pairs and writes the results into its folder, as two steps, so that a run that fails before its
/// first optimizer step has written nothing.
/// </summary>
internal sealed class RunEvaluator(RunSetup setup, RunFolder folder)
{
    public const string Before = "before";
    public const string After = "after";

    /// <summary>The results of an evaluation, with greedy answers if it has them.</summary>
    public sealed record Found(string When, int Step, double Epoch, PreferenceMetrics Metrics, IReadOnlyList<JsonObject> Samples);

    /// <summary>
    /// Scores the held-out pairs; before and after training it also generates answers to them. Null if nothing is held out.
    /// </summary>
    public Found? Measure(int step, double epoch, string when, CancellationToken cancel)
    {
        if (setup.HeldOut is not { } heldOut)
            return null;
        PreferenceMetrics metrics = setup.Evaluate(heldOut, cancel);
        Recipe recipe = setup.Recipe;
        return new Found(
            when,
            step,
            epoch,
            metrics,
            when is Before or After && recipe.Samples > 0
                ? SampleAnswers.Of(setup.Policy, heldOut, recipe.Samples, recipe.SampleTokens, when, cancel)
                : []
        );
    }

    /// <summary>Metrics with the prefix <c>eval_</c>; before and after training also every pair and the answers.</summary>
    public void Write(Found found)
    {
        folder.Log(found.Step, found.Epoch, found.Metrics.Named().Select(m => KeyValuePair.Create("eval_" + m.Key, m.Value)));
        if (found.When is not (Before or After))
            return;
        if (found.When == Before) // an interrupted earlier run left its own
        {
            folder.Write("pairs.jsonl", "");
            folder.Write("samples.jsonl", "");
        }
        folder.Append("pairs.jsonl", Pairs(found));
        if (found.Samples.Count > 0)
            folder.Append("samples.jsonl", found.Samples);
    }

    // Texts are in the lines of the first evaluation; those of the second refer to the same rows in the same order.
    private IEnumerable<JsonObject> Pairs(Found found) =>
        found.Metrics.Outcomes.Select(
            (outcome, i) =>
                PairRecord
                    .Of(
                        found.When,
                        outcome,
                        found.When == Before ? PairTexts.Of(setup.HeldOut![i], setup.Policy.Files.Tokenizer) : null
                    )
                    .ToJson()
        );
}
