namespace Simper.Experiments;

/// <summary>The results of a rate on the validation pairs.</summary>
/// <param name="Arm">The arm of the first seed.</param>
/// <param name="Validation">Its last measurement on the validation pairs; null where it diverged.</param>
public sealed record ValidatedRate(Arm Arm, Measurement? Validation)
{
    /// <summary>The best of several; null where all diverged. Ties go to the smaller rate.</summary>
    public static ValidatedRate? Best(IReadOnlyList<ValidatedRate> rates, RateChoice choice) =>
        rates
            .Where(r => r.Validation is not null)
            .OrderByDescending(r =>
                choice switch
                {
                    RateChoice.Accuracy => r.Validation!.MeanAccuracy,
                    RateChoice.RewardAccuracy => r.Validation!.RewardAccuracy,
                    _ => 0,
                }
            )
            .ThenBy(r => r.Validation!.Loss)
            .ThenBy(r => r.Arm.LearningRate)
            .FirstOrDefault();
}
