using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Training;

/// <summary>Data rows as an objective takes them.</summary>
public static class ObjectiveRows
{
    /// <summary>
    /// The rows themselves for losses over pairs or weighted answers; single answers for losses over those (pairs are split);
    /// with a mismatched answer added to each if the loss estimates a distance from them. Rows that exchange answers stay
    /// neighbours in all epochs.
    /// </summary>
    /// <param name="objective">The loss.</param>
    /// <param name="rows">Tokenized rows.</param>
    /// <param name="pairsPerMicroBatch">Rows that exchange answers (<c>per_device_train_batch_size</c>).</param>
    /// <param name="maxLength">Maximum length of prompt and answer together.</param>
    /// <param name="seed">Seed of the order of rows that exchange answers. Null keeps the file's, where pairs become all chosen
    /// rows and then all rejected ones, as in TRL's KTO: every early batch is then of one kind.</param>
    /// <exception cref="SimperException">The rows are of another kind: the message names one.</exception>
    public static IReadOnlyList<TokenizedGroup> Arrange(
        this Objective objective,
        IReadOnlyList<TokenizedGroup> rows,
        int pairsPerMicroBatch,
        int maxLength,
        long? seed = null
    )
    {
        objective.ExpectAnswers(rows);
        if (objective.Takes is PreferenceKind.Pairs or PreferenceKind.Weighted)
            return rows;
        IReadOnlyList<TokenizedGroup> singles = Singles(objective, rows);
        if (objective.Takes == PreferenceKind.Unpaired)
            return singles;
        if (pairsPerMicroBatch < 2)
            throw new SimperException(
                $"per_device_train_batch_size is {pairsPerMicroBatch}; loss_type {objective.Name} estimates a distance "
                    + "from the answers of other rows in the batch, so it needs at least 2."
            );
        return new MismatchedGroups(
            seed is { } drawn ? new ReorderedGroups(singles, drawn) : singles,
            pairsPerMicroBatch,
            maxLength
        );
    }

    private static IReadOnlyList<TokenizedGroup> Singles(Objective objective, IReadOnlyList<TokenizedGroup> rows)
    {
        TokenExtent extent = TokenExtent.Of(rows);
        if (extent.ManyRow is { } many)
            throw new SimperException(
                $"Row {many} has more than two answers; loss_type {objective.Name} takes single answers with a label, or pairs."
            );
        if (extent.SingleRow is not { } single)
            return new UnpairedGroups(rows);
        return rows.FirstOrDefault(g => g.Answers.Length > 1) is { } pair
            ? throw new SimperException(
                $"Row {single} has one answer and row {pair.Row} two; loss_type {objective.Name} takes rows of one kind."
            )
            : rows;
    }
}
