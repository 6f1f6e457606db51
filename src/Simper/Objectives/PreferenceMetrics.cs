namespace Simper.Objectives;

/// <summary>
/// Averages over pairs, under TRL's names and ours. Every figure is a mean over pairs, however they are split into micro-batches;
/// only the loss weights pairs as the objective defines. Where micro-batches are weighted equally, as in TRL, every figure is the
/// mean of the micro-batches' means, each over its rows that have the figure; micro-batches without such a row are skipped.
/// </summary>
public sealed record PreferenceMetrics
{
    // Passes of other sizes round differently: a difference this small, relative to sums of log-probs, is no preference.
    private const double Rounding = 1e-7;

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

    /// <summary>Whether there are pairs, whose rewards can be compared.</summary>
    public bool HasRejected => Outcomes.Any(IsPair);

    /// <summary>The objective's loss.</summary>
    public double Loss => Outcomes.Sum(o => o.Share * o.Loss) / Outcomes.Sum(o => o.Share * o.Weight);

    /// <summary>Share of pairs whose chosen answer has the strictly higher reward, as in TRL.</summary>
    public double RewardAccuracy =>
        Logged(o =>
            IsPair(o)
                ? o.IsRight
                    ? 1
                    : 0
                : double.NaN
        );

    /// <summary>
    /// Whether all rewards of pairs are equal, to rounding: a policy that still equals its reference prefers no answer. The
    /// strict <see cref="RewardAccuracy"/> is then 0 or arbitrary; the correct value is chance, one half.
    /// </summary>
    public bool IsAllTies => HasRejected && Outcomes.Where(IsPair).All(o => IsTie(o.Margin, o.ChosenSum, o.RejectedSum));

    /// <summary>Whether a margin is 0 up to the rounding of the sums that it was computed from.</summary>
    internal static bool IsTie(double margin, double chosenSum, double rejectedSum) =>
        Math.Abs(margin) <= Rounding * (Math.Abs(chosenSum) + Math.Abs(rejectedSum));

    /// <summary>
    /// The accuracy displayed: <see cref="RewardAccuracy"/>, or one half where no answer is preferred (<see cref="IsAllTies"/>).
    /// </summary>
    public double ShownAccuracy => IsAllTies ? 0.5 : RewardAccuracy;

    /// <summary>
    /// Mean of the chosen minus the rejected reward. For single answers: the difference of the two means; where micro-batches are
    /// weighted equally, the mean of these differences over micro-batches with answers of both kinds, NaN if there is none.
    /// </summary>
    public double RewardMargin =>
        HasRejected ? Logged(o => o.Margin)
        : CountsBatchesAlike
            ? Average(
                Outcomes
                    .GroupBy(o => o.Batch)
                    .Select(b => Average(b.Select(o => o.ChosenReward)) - Average(b.Select(o => o.RejectedReward)))
            )
        : Mean(o => o.ChosenReward) - Mean(o => o.RejectedReward);

    /// <summary>Mean over pairs of the chosen answer's mean log-prob per token.</summary>
    public double ChosenMeanLogProb => Mean(o => o.ChosenMean);

    /// <summary>Mean over pairs of the rejected answer's mean log-prob per token.</summary>
    public double RejectedMeanLogProb => Mean(o => o.RejectedMean);

    /// <summary>Collects outcomes.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static PreferenceMetrics Of(IReadOnlyList<PairOutcome> outcomes, bool reportsMeanLogProbs) =>
        outcomes.Count > 0
            ? new PreferenceMetrics(outcomes, reportsMeanLogProbs)
            : throw new ArgumentException("There are no pairs to average.", nameof(outcomes));

    /// <summary>
    /// All figures by name: TRL's <c>loss</c>, <c>rewards/chosen</c>, <c>rewards/rejected</c>, <c>rewards/accuracies</c>,
    /// <c>rewards/margins</c>, <c>logps/chosen</c>, <c>logps/rejected</c>; and ours: <c>logps/chosen_mean</c>,
    /// <c>logps/rejected_mean</c>, <c>ppl/*</c> = exp(-mean over pairs of the mean log-prob), <c>prob/*</c> = mean over pairs of
    /// exp(mean log-prob), <c>completions/length_*</c> in scored tokens, and for training steps <c>gradients/*</c> = mean over
    /// pairs of |dL / d log π(answer)|, how hard the objective pulls on a side.
    /// </summary>
    public IReadOnlyDictionary<string, double> Named()
    {
        var named = new Dictionary<string, double> { ["loss"] = Loss };
        (bool good, bool bad) = (Outcomes.Any(o => o.ChosenTokens > 0), Outcomes.Any(o => o.RejectedTokens > 0));
        if (good)
            named["rewards/chosen"] = Logged(o => o.ChosenReward);
        if (bad)
            named["rewards/rejected"] = Logged(o => o.RejectedReward);
        if (HasRejected)
            named["rewards/accuracies"] = RewardAccuracy;
        if (good && bad && RewardMargin is var margin && !double.IsNaN(margin))
            named["rewards/margins"] = margin;
        if (good)
            AddSide(named, "chosen", o => o.ChosenSeen, o => o.ChosenMean, o => o.ChosenTokens, o => o.ChosenGradient);
        if (bad)
            AddSide(named, "rejected", o => o.RejectedSeen, o => o.RejectedMean, o => o.RejectedTokens, o => o.RejectedGradient);
        for (int i = 0; i < Outcomes[0].Figures.Count; i++)
            named[Outcomes[0].Figures[i].Name] = Mean(o => o.Figures[i].Value);
        return named;
    }

    private void AddSide(
        Dictionary<string, double> named,
        string side,
        Func<PairOutcome, double> seen,
        Func<PairOutcome, double> mean,
        Func<PairOutcome, int> tokens,
        Func<PairOutcome, double> gradient
    )
    {
        double meanLogProb = Mean(mean);
        named[$"logps/{side}"] = Logged(ReportsMeanLogProbs ? mean : seen);
        named[$"logps/{side}_mean"] = meanLogProb;
        named[$"ppl/{side}"] = Math.Exp(-meanLogProb);
        named[$"prob/{side}"] = Mean(o => Math.Exp(mean(o)));
        named[$"completions/length_{side}"] = Mean(o => tokens(o) is > 0 and var n ? n : double.NaN);
        if (Mean(o => Math.Abs(gradient(o))) is var pull && !double.IsNaN(pull))
            named[$"gradients/{side}"] = pull;
    }

    private static bool IsPair(PairOutcome outcome) => outcome.ChosenTokens > 0 && outcome.RejectedTokens > 0;

    /// <summary>Whether figures are means of micro-batches' means.</summary>
    internal bool CountsBatchesAlike => Outcomes[0].Batch is not null;

    // NaN if there is none.
    private static double Average(IEnumerable<double> values)
    {
        double[] numbers = [.. values.Where(v => !double.IsNaN(v))];
        return numbers.Length > 0 ? numbers.Average() : double.NaN;
    }

    private double Logged(Func<PairOutcome, double> of) => Mean(o => o.IsLogged ? of(o) : double.NaN);

    // Over the groups that have the figure.
    private double Mean(Func<PairOutcome, double> of)
    {
        if (CountsBatchesAlike)
            return Average(Outcomes.GroupBy(o => o.Batch, of).Select(Average));
        (double sum, double shares) = (0, 0);
        foreach (PairOutcome outcome in Outcomes)
        {
            if (of(outcome) is var value && !double.IsNaN(value))
                (sum, shares) = (sum + outcome.Share * value, shares + outcome.Share);
        }
        return sum / shares;
    }
}
