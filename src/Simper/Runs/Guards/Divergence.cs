using Simper.Objectives;
using Simper.Runs.Resuming;
using Simper.Training;

namespace Simper.Runs.Guards;

/// <summary>How a run ends that diverged: its folder says so, and its newest checkpoint is named.</summary>
internal sealed class Divergence(Recipe recipe, RunFolder folder, RunSaving saving, RunGuards guards, RunProgress course)
{
    /// <summary>The evaluation of before training.</summary>
    public PreferenceMetrics? Before { get; init; }

    /// <summary>One more step.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="DivergedException">Training diverged; the summary is written.</exception>
    public bool Advance(IEnumerator<StepReport> steps)
    {
        try
        {
            return steps.MoveNext();
        }
        catch (DivergedException e) when (e.InnerException is null)
        {
            throw Ended(e);
        }
    }

    /// <summary>Ends the run if its guards gave it up.</summary>
    /// <exception cref="DivergedException">They did; the summary is written.</exception>
    public void ExpectNone()
    {
        if (guards.Over is { } over)
            throw Ended(over);
    }

    /// <summary>Writes the summary and the page of a run that ends here.</summary>
    /// <returns>What to throw: it names the checkpoint.</returns>
    private DivergedException Ended(DivergedException e)
    {
        saving.Finish();
        RunSummary summary = guards.Complete(course.Summary() with { Before = Before, Diverged = e.What });
        folder.Write("summary.json", summary.ToJson());
        folder.WriteReport();
        string more =
            saving.Newest is not { } newest ? "No checkpoint was written (save_steps)."
            : guards.Over is not null || recipe.NonFinite == NonFiniteRule.Skip ? $"The newest checkpoint is {newest}."
            : $"The newest checkpoint is {newest}; the same command with --resume --non_finite skip goes on from it past such "
                + "steps.";
        return new DivergedException($"{e.Message} {more}", e);
    }
}
