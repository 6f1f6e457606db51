using System.Text.Json.Nodes;
using Simper.Ledgers;
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
    public sealed record Found(string When, int Step, double Epoch, PreferenceMetrics Metrics, IReadOnlyList<JsonObject> Samples)
    {
        /// <summary>The training pairs that were scored for the ledger; null if none were.</summary>
        public PreferenceMetrics? Trained { get; init; }
    }

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
        )
        {
            Trained = setup.LedgerTrain is { Count: > 0 } trained ? setup.Evaluate(trained, cancel) : null,
        };
    }

    /// <summary>
    /// Every pair, in the ledger, and metrics with the prefix <c>eval_</c>; before and after training also a line for each pair,
    /// and the answers.
    /// </summary>
    /// <param name="found">The results.</param>
    /// <param name="isLogged">Whether the metrics are logged already, since the same state was evaluated before.</param>
    public void Write(Found found, bool isLogged = false)
    {
        if (setup.Recipe.Ledger != LedgerScope.No)
            folder.Record(ledger => ledger.Add(PhaseOf(found.When), found.Step, found.Epoch, found.Metrics, found.Trained));
        if (!isLogged)
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

    private static LedgerPhase PhaseOf(string when) =>
        when switch
        {
            Before => LedgerPhase.Before,
            After => LedgerPhase.After,
            _ => LedgerPhase.Between,
        };

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
