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

    /// <summary>Training on the other pairs moved the model against the label (<see cref="PairCourse.Agreement"/> below 0).</summary>
    Mislabelled,
}
