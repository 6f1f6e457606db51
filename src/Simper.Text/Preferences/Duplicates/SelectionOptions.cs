namespace Simper.Text.Preferences.Duplicates;

/// <summary>What of a data set's repetitions and contradictions is left out.</summary>
public sealed record SelectionOptions
{
    /// <summary>Which repeated groups are left out (<c>dedup</c>).</summary>
    public Deduplication Dedup { get; init; } = Deduplication.None;

    /// <summary>From which similarity on groups are near duplicates (<c>dedup_threshold</c>); above 0, at most 1.</summary>
    public double DedupThreshold { get; init; } = 0.8;

    /// <summary>What happens to groups that contradict each other (<c>contradictions</c>).</summary>
    public ContradictionRule Contradictions { get; init; } = ContradictionRule.Keep;

    /// <summary>The names of <c>dedup</c>.</summary>
    public static IReadOnlyList<(string Name, Deduplication Value)> Deduplications { get; } =
    [("none", Deduplication.None), ("exact", Deduplication.Exact), ("near", Deduplication.Near)];

    /// <summary>The names of <c>contradictions</c>.</summary>
    public static IReadOnlyList<(string Name, ContradictionRule Value)> ContradictionRules { get; } =
    [("keep", ContradictionRule.Keep), ("drop", ContradictionRule.Drop), ("raise", ContradictionRule.Raise)];
}

/// <summary>Which repeated groups are left out.</summary>
public enum Deduplication
{
    /// <summary>None; exact duplicates are counted.</summary>
    None,

    /// <summary>Groups that equal an earlier one (<see cref="ExactDuplicates"/>).</summary>
    Exact,

    /// <summary>Those, and groups that are nearly an earlier one (<see cref="NearDuplicates"/>).</summary>
    Near,
}

/// <summary>What happens to groups that contradict each other (<see cref="Duplicates.Contradictions"/>).</summary>
public enum ContradictionRule
{
    /// <summary>They are trained on, and counted.</summary>
    Keep,

    /// <summary>All of them are left out: nothing tells which is right.</summary>
    Drop,

    /// <summary>The data set is refused.</summary>
    Raise,
}
