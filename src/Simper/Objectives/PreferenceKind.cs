namespace Simper.Objectives;

/// <summary>The kinds of rows that an objective takes.</summary>
public enum PreferenceKind
{
    /// <summary>
    /// A chosen and a rejected answer to each prompt (or only the chosen one, if the objective reads no other).
    /// </summary>
    Pairs,

    /// <summary>Single answers, good or bad. Pairs are split.</summary>
    Unpaired,

    /// <summary>
    /// Single answers, good or bad, each with the answer of another row, from which the distance to the reference is estimated
    /// (KTO).
    /// </summary>
    Mismatched,

    /// <summary>
    /// Any number of answers with signed weights: pairs, single answers, ranked and graded ones. Anything beyond pairs is
    /// Simper's extension.
    /// </summary>
    Weighted,
}
