using Simper.Training;

namespace Simper.Runs.Receipts;

/// <summary>A step of a run as a receipt keeps it. Numbers are written so that they read back to the same bits.</summary>
public sealed record TracedStep
{
    /// <summary>The step, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The mean loss of its pairs.</summary>
    public required double Loss { get; init; }

    /// <summary>The norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate of the update.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The rows of the data (from 1) that its groups were made of, in order.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>The hash of the weights after it, as <see cref="ReceiptModel.Weights"/>.</summary>
    public required string Weights { get; init; }

    /// <summary>Describes a step that has just been made.</summary>
    internal static TracedStep Of(StepReport report, RunSetup setup) =>
        new()
        {
            Step = report.Number,
            Loss = report.Loss,
            GradientNorm = report.GradientNorm,
            LearningRate = report.LearningRate,
            Rows = [.. setup.Order.GroupsOf(report.Number - 1).Select(g => g.Row)],
            Weights = ReceiptModel.Hex(setup.Policy.StateHash()),
        };
}
