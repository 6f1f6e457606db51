using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Reports;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// How hard objectives pull on the pairs of a recipe, down to the weights: of the model as it is, or along the way while each
/// objective trains a model of its own, from the same weights, on the same pairs in the same order. Not thread safe.
/// </summary>
/// <param name="recipe">Model, data and training.</param>
/// <param name="objectives">The objectives; over pairs (<see cref="PairLogProbs.ExpectSeen"/>).</param>
/// <param name="sample">Which pairs are measured.</param>
public sealed class GradientStudy(Recipe recipe, IReadOnlyList<ObjectiveSpec> objectives, PairSample sample)
{
    /// <summary>Optimizer steps of each objective; 0 trains none, and measures the model as it is.</summary>
    public int Steps { get; init; }

    /// <summary>Steps between two measurements.</summary>
    public int Every { get; init; } = 10;

    /// <summary>The results, by objective and step. Empty until the last event.</summary>
    public IReadOnlyList<GradientSummary> Found { get; private set; } = [];

    /// <summary>Measures, and reports each measurement on the way.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<string> Events(CancellationToken cancel = default)
    {
        if (Steps == 0)
        {
            Found = AsItIs(cancel);
            yield break;
        }
        var found = new List<GradientSummary>();
        foreach (ObjectiveSpec objective in objectives)
        {
            using var setup = new RunSetup(recipe with { Objective = objective.Objective, MaxSteps = Steps }) { Cancel = cancel };
            IReadOnlyList<TokenizedGroup> pairs = sample.Of(setup);
            MemoryPlan plan = setup.PlanMemory(besides: GradientBytes(setup));
            if (setup.Objective.NeedsReference)
            {
                TokenizedGroup[] seen = [.. pairs, .. setup.Order.GroupsOfFirst(setup.TotalSteps)];
                setup.HoldTo(sample.Reference(setup, seen, cancel) ?? setup.Score(seen, cancel));
            }
            Trainer trainer = setup.MakeTrainer(plan);
            foreach (
                GradientSummary summary in GradientTrajectory.Run(objective.Text, setup.Policy, trainer, pairs, Every, cancel)
            )
            {
                found.Add(summary);
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{objective.Text}: measured after {summary.Step} of {trainer.TotalSteps} steps"
                );
            }
        }
        cancel.ThrowIfCancellationRequested();
        Found = found;
    }

    /// <summary>As in gradients.json.</summary>
    public JsonArray ToJson() => new([.. Found.Select(f => f.ToJson())]);

    /// <summary>The plots.</summary>
    public IEnumerable<(string Name, Figure Figure)> Figures() => GradientFigures.Of(Found);

    /// <summary>The pull on rejected answers that become unlikely, without a model, as in gradients.json.</summary>
    public static JsonArray ToJson(IEnumerable<CoefficientCurve> curves) =>
        new([
            .. curves.Select(c => new JsonObject
            {
                ["objective"] = c.Name,
                ["points"] = new JsonArray([
                    .. c.Points.Select(p => new JsonObject
                    {
                        ["rejected_mean_log_prob"] = p.Pair.RejectedMean,
                        ["chosen_coefficient"] = JsonNumber.Of(p.Outcome.ChosenGradient),
                        ["rejected_coefficient"] = JsonNumber.Of(p.Outcome.RejectedGradient),
                    }),
                ]),
            }),
        ]);

    private static long GradientBytes(RunSetup setup) => MemoryPlan.StateOf(setup.Policy) / 3;

    private IReadOnlyList<GradientSummary> AsItIs(CancellationToken cancel)
    {
        using var setup = new RunSetup(recipe) { Cancel = cancel };
        IReadOnlyList<TokenizedGroup> pairs = sample.Of(setup);
        ReferenceScores? reference = sample.Reference(setup, pairs, cancel);
        // Two gradients, where training has one and the optimizer's two moments.
        MemoryPlan plan = setup.PlanMemory(besides: -GradientBytes(setup));
        using var probe = new GradientProbe(setup.Policy) { KeptTokens = plan.KeptTokens, HeadRows = plan.HeadRows };
        IReadOnlyList<PairDirections> directions = probe.Measure(pairs, reference, cancel: cancel);
        return
        [
            .. objectives.Select(o => new GradientSummary(
                o.Text,
                0,
                [.. directions.Select(d => PairGradient.Of(o.Objective, d))]
            )),
        ];
    }
}
