namespace Simper.Objectives;

/// <summary>The rows that an objective is made for.</summary>
public enum PreferenceKind
{
    /// <summary>
    /// A chosen and a rejected answer to each prompt (or the chosen one alone, where the objective reads no other).
    /// </summary>
    Pairs,

    /// <summary>Single answers, good or bad. Pairs are taken apart.</summary>
    Unpaired,

    /// <summary>
    /// Single answers, good or bad, each with the answer of another row, from which the distance to the reference is estimated
    /// (KTO).
    /// </summary>
    Mismatched,

    /// <summary>
    /// Any number of answers with signed weights: pairs, single answers, ranked and graded ones. Beyond pairs this is Simper's
    /// extension.
    /// </summary>
    Weighted,
}
