namespace Simper.Ledgers;

/// <summary>What a ledger is asked about its pairs. Moments at which no answer is preferred count for none of them.</summary>
public enum LedgerQuestion
{
    /// <summary>Wrong at first, right at the last.</summary>
    Learned,

    /// <summary>Right at first, wrong at the last.</summary>
    Worse,

    /// <summary>Right at every moment.</summary>
    AlwaysRight,

    /// <summary>Right at no moment.</summary>
    NeverRight,

    /// <summary>
    /// Training moved the model against the label: its <see cref="PairCourse.Agreement"/> is below 0.
    /// </summary>
    Mislabelled,
}
