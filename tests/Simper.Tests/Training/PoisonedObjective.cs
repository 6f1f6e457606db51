using Simper.Objectives;
using Simper.Scoring;
using Simper.Text.Preferences;

namespace Simper.Tests.Training;

/// <summary>A loss over pairs whose results a test may spoil.</summary>
/// <param name="Spoil">Given what the model scored and the sound result: what the trainer gets.</param>
internal sealed record PoisonedObjective(Func<PairScores, PairLoss, PairLoss> Spoil) : Objective
{
    public override string Name => "poisoned";

    public bool AsksForReference { get; init; }

    public override bool NeedsReference => AsksForReference;

    public override bool ReportsMeanLogProbs => true;

    public override PreferenceKind Takes => PreferenceKind.Pairs;

    public override PairLoss Evaluate(PairScores scores)
    {
        Column margin = scores.ChosenMean - scores.RejectedMean;
        if (AsksForReference)
            margin = margin - (scores.ReferenceChosenSum - scores.ReferenceRejectedSum) * 0.1;
        return Spoil(scores, new PairLoss(-LogSigmoid(margin), scores.Means));
    }
}
