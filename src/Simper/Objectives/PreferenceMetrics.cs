namespace Simper.Objectives;

/// <summary>
/// Averages over pairs, under the names that TRL logs and ours. Every figure is a mean over pairs, whatever the split into
/// micro-batches was; only the loss weighs pairs as the objective says.
/// </summary>
public sealed record PreferenceMetrics
{
    private PreferenceMetrics(IReadOnlyList<PairOutcome> outcomes, bool meanLogProbs)
    {
        Outcomes = outcomes;
        ReportsMeanLogProbs = meanLogProbs;
    }

    /// <summary>The pairs, in order.</summary>
    public IReadOnlyList<PairOutcome> Outcomes { get; }

    /// <summary>Whether <c>logps/*</c> are means per token or sums.</summary>
    public bool ReportsMeanLogProbs { get; }

    /// <summary>Number of pairs.</summary>
    public int Pairs => Outcomes.Count;

    /// <summary>Whether there are pairs, so that rewards can be compared.</summary>
    public bool HasRejected => Outcomes.Any(IsPair);

    /// <summary>The objective's loss.</summary>
    public double Loss => Outcomes.Sum(o => o.Share * o.Loss) / Outcomes.Sum(o => o.Share * o.Weight);

    /// <summary>Share of pairs whose chosen answer has the strictly higher reward.</summary>
    public double RewardAccuracy => Mean(o => IsPair(o) ? o.IsRight ? 1 : 0 : double.NaN);

    /// <summary>Mean of chosen less rejected reward. Where answers are single: the difference of the two means.</summary>
    public double RewardMargin => HasRejected ? Mean(o => o.Margin) : Mean(o => o.ChosenReward) - Mean(o => o.RejectedReward);

    /// <summary>Mean over pairs of the chosen answer's mean log-prob per token.</summary>
    public double ChosenMeanLogProb => Mean(o => o.ChosenMean);

    /// <summary>Mean over pairs of the rejected answer's mean log-prob per token.</summary>
    public double RejectedMeanLogProb => Mean(o => o.RejectedMean);

    /// <summary>Collects outcomes.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static PreferenceMetrics Of(IReadOnlyList<PairOutcome> outcomes, bool reportsMeanLogProbs) => outcomes.Count > 0
        ? new PreferenceMetrics(outcomes, reportsMeanLogProbs)
        : throw new ArgumentException("There are no pairs to average.", nameof(outcomes));

    /// <summary>
    /// All figures by name: TRL's <c>loss</c>, <c>rewards/chosen</c>, <c>rewards/rejected</c>, <c>rewards/accuracies</c>,
    /// <c>rewards/margins</c>, <c>logps/chosen</c>, <c>logps/rejected</c>; and ours: <c>logps/chosen_mean</c>,
    /// <c>logps/rejected_mean</c>, <c>ppl/*</c> = exp(-mean over pairs of the mean log-prob), <c>prob/*</c> = mean over pairs of
    /// exp(mean log-prob), <c>completions/length_*</c> in scored tokens, and of training steps <c>gradients/*</c> = mean over pairs of
    /// |dL / d log π(answer)|, how hard the objective pulls at a side.
    /// </summary>
    public IReadOnlyDictionary<string, double> Named()
    {
        var named = new Dictionary<string, double> { ["loss"] = Loss };
        (bool good, bool bad) = (Outcomes.Any(o => o.ChosenTokens > 0), Outcomes.Any(o => o.RejectedTokens > 0));
        if (good)
            named["rewards/chosen"] = Mean(o => o.ChosenReward);
        if (bad)
            named["rewards/rejected"] = Mean(o => o.RejectedReward);
        if (HasRejected)
            named["rewards/accuracies"] = RewardAccuracy;
        if (good && bad)
            named["rewards/margins"] = RewardMargin;
        if (good)
            AddSide(named, "chosen", o => o.ChosenSeen, o => o.ChosenMean, o => o.ChosenTokens, o => o.ChosenGradient);
        if (bad)
            AddSide(named, "rejected", o => o.RejectedSeen, o => o.RejectedMean, o => o.RejectedTokens, o => o.RejectedGradient);
        for (int i = 0; i < Outcomes[0].Figures.Count; i++)
            named[Outcomes[0].Figures[i].Name] = Mean(o => o.Figures[i].Value);
        return named;
    }

    private void AddSide(Dictionary<string, double> named, string side,
        Func<PairOutcome, double> seen, Func<PairOutcome, double> mean, Func<PairOutcome, int> tokens, Func<PairOutcome, double> gradient)
    {
        double meanLogProb = Mean(mean);
        named[$"logps/{side}"] = ReportsMeanLogProbs ? meanLogProb : Mean(seen);
        named[$"logps/{side}_mean"] = meanLogProb;
        named[$"ppl/{side}"] = Math.Exp(-meanLogProb);
        named[$"prob/{side}"] = Mean(o => Math.Exp(mean(o)));
        named[$"completions/length_{side}"] = Mean(o => tokens(o) is > 0 and var n ? n : double.NaN);
        if (Mean(o => Math.Abs(gradient(o))) is var pull && !double.IsNaN(pull))
            named[$"gradients/{side}"] = pull;
    }

    private static bool IsPair(PairOutcome outcome) => outcome.ChosenTokens > 0 && outcome.RejectedTokens > 0;

    // Over the groups that have the figure.
    private double Mean(Func<PairOutcome, double> of)
    {
        (double sum, double shares) = (0, 0);
        foreach (PairOutcome outcome in Outcomes)
        {
            if (of(outcome) is var value && !double.IsNaN(value))
                (sum, shares) = (sum + outcome.Share * value, shares + outcome.Share);
        }
        return sum / shares;
    }
}
