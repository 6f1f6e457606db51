using Simper.Objectives;

namespace Simper.Ledgers;

/// <summary>
/// The columns of a ledger, one row for each pair and moment. Numbers are those of <see cref="PairOutcome"/> to the bit; what
/// there is not (of the missing side of a single answer, a gradient in an evaluation) is null. Those that follow from others
/// (means, perplexities, margins) are there for queries, and are not read back.
/// </summary>
internal static class LedgerColumns
{
    /// <summary>Those that every ledger has.</summary>
    public static IReadOnlyList<LedgerColumn> Fixed { get; } =
    [
        Of<int>("step", r => r.Step, (r, v) => r with { Step = v }),
        new LedgerColumn<double>("epoch", r => r.Epoch, (r, v) => r with { Epoch = v ?? double.NaN }),
        new LedgerWords("split", r => LedgerNames.Of(r.Split), (r, v) => r with { Split = Find(LedgerNames.Splits, "split", v) }),
        new LedgerWords("phase", r => LedgerNames.Of(r.Phase), (r, v) => r with { Phase = Find(LedgerNames.Phases, "phase", v) }),
        OfPair<int>("pair", o => o.Place, (o, v) => o with { Place = v }),
        OfPair<int>("file_row", o => o.Row, (o, v) => o with { Row = v }),
        Number("loss", o => o.Loss, (o, v) => o with { Loss = v }),
        Number("weight", o => o.Weight, (o, v) => o with { Weight = v }),
        Number("share", o => o.Share, (o, v) => o with { Share = v }),
        new LedgerColumn<int>("batch", r => r.Outcome.Batch, (r, v) => With(r, r.Outcome with { Batch = v })),
        OfPair<bool>("is_logged", o => o.IsLogged, (o, v) => o with { IsLogged = v }),
        Derived("margin", o => o.Margin),
        new LedgerColumn<bool>("is_right", r => double.IsNaN(r.Outcome.Margin) ? null : r.Outcome.IsRight, set: null),
        Number("chosen_weight", o => o.ChosenWeight, (o, v) => o with { ChosenWeight = v }),
        Tokens("chosen_tokens", o => o.ChosenTokens, (o, v) => o with { ChosenTokens = v }),
        Number("chosen_sum_log_prob", o => o.ChosenSum, (o, v) => o with { ChosenSum = v }),
        Number("chosen_seen_log_prob", o => o.ChosenSeen, (o, v) => o with { ChosenSeen = v }),
        Derived("chosen_mean_log_prob", o => o.ChosenMean),
        Derived("chosen_perplexity", o => Math.Exp(-o.ChosenMean)),
        Number("chosen_reward", o => o.ChosenReward, (o, v) => o with { ChosenReward = v }),
        Number("chosen_gradient", o => o.ChosenGradient, (o, v) => o with { ChosenGradient = v }),
        Cut("chosen_was_cut", o => o.ChosenTokens, o => o.ChosenWasCut, (o, v) => o with { ChosenWasCut = v }),
        Number("rejected_weight", o => o.RejectedWeight, (o, v) => o with { RejectedWeight = v }),
        Tokens("rejected_tokens", o => o.RejectedTokens, (o, v) => o with { RejectedTokens = v }),
        Number("rejected_sum_log_prob", o => o.RejectedSum, (o, v) => o with { RejectedSum = v }),
        Number("rejected_seen_log_prob", o => o.RejectedSeen, (o, v) => o with { RejectedSeen = v }),
        Derived("rejected_mean_log_prob", o => o.RejectedMean),
        Derived("rejected_perplexity", o => Math.Exp(-o.RejectedMean)),
        Number("rejected_reward", o => o.RejectedReward, (o, v) => o with { RejectedReward = v }),
        Number("rejected_gradient", o => o.RejectedGradient, (o, v) => o with { RejectedGradient = v }),
        Cut("rejected_was_cut", o => o.RejectedTokens, o => o.RejectedWasCut, (o, v) => o with { RejectedWasCut = v }),
    ];

    /// <summary>All, with those of the objective's own figures, under the names that they are logged under.</summary>
    public static IReadOnlyList<LedgerColumn> With(IEnumerable<string> figures) =>
        [.. Fixed, .. figures.Select(name => OfFigure(name))];

    private static T Find<T>(IReadOnlyList<(string Name, T Value)> known, string column, string name)
    {
        foreach ((string its, T value) in known)
        {
            if (its == name)
                return value;
        }
        throw new FormatException($"its column {column} has {name}");
    }

    private static LedgerRow With(LedgerRow row, PairOutcome outcome) => row with { Outcome = outcome };

    private static LedgerColumn<T> Of<T>(string name, Func<LedgerRow, T> get, Func<LedgerRow, T, LedgerRow> set)
        where T : struct =>
        new(name, r => get(r), (r, v) => set(r, v ?? throw new FormatException($"its column {name} has a gap")));

    private static LedgerColumn<T> OfPair<T>(string name, Func<PairOutcome, T> get, Func<PairOutcome, T, PairOutcome> set)
        where T : struct => Of<T>(name, r => get(r.Outcome), (r, v) => With(r, set(r.Outcome, v)));

    private static LedgerColumn<double> Number(
        string name,
        Func<PairOutcome, double> get,
        Func<PairOutcome, double, PairOutcome> set
    ) => new(name, r => Known(get(r.Outcome)), (r, v) => With(r, set(r.Outcome, v ?? double.NaN)));

    private static LedgerColumn<double> Derived(string name, Func<PairOutcome, double> get) =>
        new(name, r => Known(get(r.Outcome)), set: null);

    private static LedgerColumn<int> Tokens(string name, Func<PairOutcome, int> get, Func<PairOutcome, int, PairOutcome> set) =>
        new(name, r => get(r.Outcome) is > 0 and var n ? n : null, (r, v) => With(r, set(r.Outcome, v ?? 0)));

    private static LedgerColumn<bool> Cut(
        string name,
        Func<PairOutcome, int> tokens,
        Func<PairOutcome, bool> get,
        Func<PairOutcome, bool, PairOutcome> set
    ) => new(name, r => tokens(r.Outcome) > 0 ? get(r.Outcome) : null, (r, v) => With(r, set(r.Outcome, v ?? false)));

    private static LedgerColumn<double> OfFigure(string name) =>
        new(
            name,
            r => r.Outcome.Figures.FirstOrDefault(f => f.Name == name) is (not null, var value) ? Known(value) : null,
            (r, v) => With(r, r.Outcome with { Figures = [.. r.Outcome.Figures, (name, v ?? double.NaN)] })
        );

    private static double? Known(double value) => double.IsNaN(value) ? null : value;
}
