using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Experiments;

/// <summary>Pairs as an objective takes them: as they are, or taken apart into single answers.</summary>
internal static class ObjectiveRows
{
    /// <summary>How many rows a pair becomes.</summary>
    public static int PerPair(Objective objective) => objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched ? 2 : 1;

    /// <summary>The rows; of single answers all chosen ones come first.</summary>
    /// <param name="objective">Who takes them.</param>
    /// <param name="pairs">Groups of two answers.</param>
    /// <param name="batch">Rows among which answers are exchanged, where the objective asks for mismatched ones.</param>
    /// <param name="maxLength">Longest prompt and answer together.</param>
    public static IReadOnlyList<TokenizedGroup> Of(Objective objective, IReadOnlyList<TokenizedGroup> pairs, int batch, int maxLength) => objective.Takes switch
    {
        PreferenceKind.Unpaired => new UnpairedGroups(pairs),
        PreferenceKind.Mismatched => new MismatchedGroups(new UnpairedGroups(pairs), batch, maxLength),
        _ => pairs,
    };

    /// <summary>What was found for the rows, pair by pair again.</summary>
    public static IReadOnlyList<MeasuredPair> Join(IReadOnlyList<PairOutcome> rows, int pairs)
    {
        if (rows.Count == pairs)
            return [.. rows.Select(o => new MeasuredPair(o.Row, o.ChosenTokens, o.RejectedTokens, o.ChosenSum, o.RejectedSum, o.ChosenReward, o.RejectedReward, o.Loss, o.Weight))];
        return [.. rows.Take(pairs).Zip(rows.Skip(pairs), (good, bad) => new MeasuredPair(good.Row, good.ChosenTokens, bad.RejectedTokens, good.ChosenSum, bad.RejectedSum,
            good.ChosenReward, bad.RejectedReward, good.Loss + bad.Loss, good.Weight + bad.Weight))];
    }
}
