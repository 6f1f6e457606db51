using System.Globalization;
using Simper.Objectives;

namespace Simper.Training;

/// <summary>
/// Decides whether a step is applied, from its loss and its gradient norm, before anything of it reaches weights or moments.
/// What it knows is state of the run: a run that goes on from a checkpoint decides as the unbroken one.
/// </summary>
/// <param name="nonFinite">What happens where loss or gradient are no numbers.</param>
/// <param name="spikes">What happens where they leap.</param>
internal sealed class StepGuard(NonFiniteRule nonFinite, SpikeRule spikes)
{
    /// <summary>So many steps in a row may be skipped because they are not finite; the next one ends training.</summary>
    public const int MostInARow = 10;

    private const string Advice = "the step was not applied. Lower learning_rate, or train in float32.";
    private const int MostRows = 5;

    private readonly SpikeWindow _losses = new();
    private readonly SpikeWindow _norms = new();
    private StepGuardState _counts = new();

    /// <summary>Whether it can skip a step.</summary>
    public bool MaySkip => nonFinite == NonFiniteRule.Skip || spikes == SpikeRule.Skip;

    /// <summary>Steps skipped so far.</summary>
    public int Skipped => _counts.Skipped;

    /// <summary>What it knows.</summary>
    public StepGuardState State => _counts with { Losses = _losses.Values, Norms = _norms.Values };

    /// <summary>Takes over what another one knew.</summary>
    public void Restore(StepGuardState state)
    {
        _losses.Restore(state.Losses);
        _norms.Restore(state.Norms);
        _counts = state with { Losses = [], Norms = [] };
    }

    /// <summary>
    /// Forgets the steps by which spikes are judged in favour of those of an earlier state; what was counted stays.
    /// </summary>
    public void Return(StepGuardState earlier)
    {
        _losses.Restore(earlier.Losses);
        _norms.Restore(earlier.Norms);
        _counts = _counts with { InARow = 0 };
    }

    /// <summary>Judges a step.</summary>
    /// <param name="step">Its number, from 1.</param>
    /// <param name="metrics">Its outcomes.</param>
    /// <param name="norm">The norm of its gradient before clipping.</param>
    /// <returns>Why it is not applied; null if it is.</returns>
    /// <exception cref="DivergedException">It is not finite, and training is to end.</exception>
    public SkippedStep? Judge(int step, PreferenceMetrics metrics, double norm)
    {
        if (NotFinite(metrics, norm) is { } what)
        {
            if (nonFinite == NonFiniteRule.Stop)
                throw new DivergedException(step, $"The {what.Name} of step {step} is not finite ({what.Rows})", Advice);
            if (_counts.InARow == MostInARow)
                throw new DivergedException(
                    step,
                    $"The {what.Name} of step {step} is not finite ({what.Rows}), after {MostInARow} such steps in a row",
                    Advice
                );
            _counts = _counts with { NotFinite = _counts.NotFinite + 1, InARow = _counts.InARow + 1 };
            return new SkippedStep(IsFinite: false, $"the {what.Name} is not finite ({what.Rows})");
        }
        _counts = _counts with { InARow = 0 };
        if (spikes == SpikeRule.Apply || Spike(metrics.Loss, norm) is not { } spike)
            return null;
        _counts = _counts with { Spikes = _counts.Spikes + 1 };
        return new SkippedStep(IsFinite: true, spike);
    }

    private static (string Name, string Rows)? NotFinite(PreferenceMetrics metrics, double norm)
    {
        int[] rows = [.. metrics.Outcomes.Where(o => !double.IsFinite(o.Loss)).Select(o => o.Row)];
        if (rows.Length > 0)
            return ("loss", $"row {string.Join(", ", rows.Take(MostRows))}");
        if (double.IsFinite(norm))
            return null;
        rows = [.. metrics.Outcomes.Select(o => o.Row)];
        return ("gradient", $"rows {string.Join(", ", rows.Take(MostRows))}{(rows.Length > MostRows ? ", ..." : "")}");
    }

    // Both windows see every step, whichever of the two leaps.
    private string? Spike(double loss, double norm)
    {
        double? lossLimit = _losses.Add(loss);
        double? normLimit = _norms.Add(norm);
        return lossLimit is { } most ? Sentence("loss", loss, most)
            : normLimit is { } mostNorm ? Sentence("gradient norm", norm, mostNorm)
            : null;
    }

    private static string Sentence(string name, double value, double limit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the {name} {value:G4} is above {limit:G4}, six standard deviations over the mean of the last "
                + $"{SpikeWindow.Length} steps"
        );
}
