using Simper.Experiments;
using Simper.Objectives;
using Simper.Runs;

namespace Simper.Tests.Experiments;

/// <summary>Arms whose figures a test sets by hand.</summary>
internal static class SimulatedArms
{
    public static ObjectiveArms Objective(string text, params double[] rates) =>
        new(ObjectiveSpec.Parse(text, ObjectiveCatalog.Standard), rates.Length > 0 ? rates : [1e-4]);

    /// <summary>A pair of answers of two tokens each, with these mean log-probs; own rewards are the means.</summary>
    public static MeasuredPair Pair(double chosen, double rejected, double loss = 0) =>
        new(1, 2, 2, 2 * chosen, 2 * rejected, chosen, rejected, loss, 1);

    /// <summary>An arm measured at steps 0, 10, 20 ...: for each the pairs' mean log-probs.</summary>
    public static Trajectory Arm(
        ObjectiveArms objective,
        double rate,
        long seed,
        params (double Chosen, double Rejected)[][] steps
    ) =>
        new()
        {
            Arm = new Arm(objective.Spec, rate, seed),
            Measurements =
            [
                .. steps.Select(
                    (pairs, i) =>
                        new Measurement(
                            10 * i,
                            PairSet.HeldOut,
                            [.. pairs.Select(p => Pair(p.Chosen, p.Rejected, p.Rejected - p.Chosen))]
                        )
                ),
            ],
        };
}
