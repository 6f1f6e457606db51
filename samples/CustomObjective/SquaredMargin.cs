using Simper.Objectives;
using Simper.Scoring;

/// <summary>
/// An objective of one's own, whole: asks for a margin between the inverse perplexities of chosen and rejected answer, and pays
/// the square of what is missing, <c>L = max(0, δ - p(chosen) + p(rejected))², p = exp(mean log-prob)</c>.
/// </summary>
public sealed record SquaredMargin : Objective
{
    /// <summary>The name in recipes, the defaults, and the keys of the hyperparameters with their bounds.</summary>
    public static ObjectiveKind<SquaredMargin> Kind { get; } =
        new(
            new SquaredMargin(),
            new Hyperparameter<SquaredMargin>("margin", (o, value) => o with { Margin = value!.Value }, o => o.Margin)
            {
                Low = 0,
                High = 2,
            }
        );

    /// <summary>δ, the margin that is asked for; 0 to 2.</summary>
    public double Margin { get; init; } = 0.5;

    public override string Name => "squared_margin";

    public override bool ReportsMeanLogProbs => true;

    public override PairLoss Evaluate(PairScores scores)
    {
        Column missing = (Margin - scores.ChosenMean.Exp() + scores.RejectedMean.Exp()).Relu();
        return new PairLoss(missing.Square(), scores.Means);
    }
}
