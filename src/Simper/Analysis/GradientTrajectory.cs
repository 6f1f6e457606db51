using Simper.Models;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Analysis;

/// <summary>The gradients of one objective while it trains a model, always on the same pairs.</summary>
public static class GradientTrajectory
{
    /// <summary>Trains, and measures before the first step, after every given number of steps, and after the last.</summary>
    /// <param name="name">The objective, as the user wrote it.</param>
    /// <param name="model">The policy of the trainer.</param>
    /// <param name="trainer">Trains it; its references must cover <paramref name="pairs"/> too.</param>
    /// <param name="pairs">What to measure on.</param>
    /// <param name="every">Steps between two measurements, at least 1.</param>
    /// <param name="cancel">Stops between two steps or pairs.</param>
    public static IEnumerable<GradientSummary> Run(
        string name,
        LanguageModel model,
        Trainer trainer,
        IReadOnlyList<TokenizedGroup> pairs,
        int every,
        CancellationToken cancel = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        using var probe = new GradientProbe(model) { KeptTokens = trainer.KeptTokens, HeadRows = trainer.HeadRows };
        yield return Measure(0);
        foreach (StepReport step in trainer.Steps(cancel))
        {
            if (step.Number % every == 0 || step.Number == step.TotalSteps)
                yield return Measure(step.Number);
        }

        GradientSummary Measure(int step) =>
            new(
                name,
                step,
                [.. probe.Measure(pairs, trainer.References, cancel: cancel).Select(d => PairGradient.Of(trainer.Objective, d))]
            );
    }
}
