namespace Simper.Text.Preferences.Duplicates;

/// <summary>Groups of one prompt that cannot all be right.</summary>
/// <param name="Kind">What they say of each other.</param>
/// <param name="Groups">Their indices in the data set, in order; a single one where one ranked list contradicts itself.</param>
public sealed record Contradiction(ContradictionKind Kind, IReadOnlyList<int> Groups);

/// <summary>Kinds of contradiction.</summary>
public enum ContradictionKind
{
    /// <summary>Of the same two answers each is preferred to the other: A over B, and B over A.</summary>
    Reversed,

    /// <summary>Three answers or more are preferred in a circle: A over B, B over C, and C over A.</summary>
    Cycle,

    /// <summary>The same answer is labelled good and bad.</summary>
    Label,
}
