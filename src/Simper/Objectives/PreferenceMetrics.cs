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

    /// <summary>Whether there are rejected answers.</summary>
    public bool HasRejected => Outcomes.Count > 0 && Outcomes[0].RejectedTokens > 0;

    /// <summary>The objective's loss.</summary>
    public double Loss => Outcomes.Sum(o => o.Loss) / Outcomes.Sum(o => o.Weight);

    /// <summary>Share of pairs whose chosen answer has the strictly higher reward.</summary>
    public double RewardAccuracy => Outcomes.Count(o => o.IsRight) / (double)Pairs;

    /// <summary>Mean of chosen less rejected reward.</summary>
    public double RewardMargin => Mean(o => o.Margin);

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
    /// exp(mean log-prob), <c>completions/length_*</c> in scored tokens.
    /// </summary>
    public IReadOnlyDictionary<string, double> Named()
    {
        var named = new Dictionary<string, double> { ["loss"] = Loss };
        named["rewards/chosen"] = Mean(o => o.ChosenReward);
        if (HasRejected)
        {
            named["rewards/rejected"] = Mean(o => o.RejectedReward);
            named["rewards/accuracies"] = RewardAccuracy;
            named["rewards/margins"] = RewardMargin;
        }
        AddSide(named, "chosen", o => o.ChosenSum, o => o.ChosenMean, o => o.ChosenTokens);
        if (HasRejected)
            AddSide(named, "rejected", o => o.RejectedSum, o => o.RejectedMean, o => o.RejectedTokens);
        return named;
    }

    private void AddSide(Dictionary<string, double> named, string side,
        Func<PairOutcome, double> sum, Func<PairOutcome, double> mean, Func<PairOutcome, int> tokens)
    {
        double meanLogProb = Mean(mean);
        named[$"logps/{side}"] = ReportsMeanLogProbs ? meanLogProb : Mean(sum);
        named[$"logps/{side}_mean"] = meanLogProb;
        named[$"ppl/{side}"] = Math.Exp(-meanLogProb);
        named[$"prob/{side}"] = Mean(o => Math.Exp(mean(o)));
        named[$"completions/length_{side}"] = Mean(o => tokens(o));
    }

    private double Mean(Func<PairOutcome, double> of) => Outcomes.Average(of);
}
