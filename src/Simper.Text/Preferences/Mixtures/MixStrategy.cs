namespace Simper.Text.Preferences.Mixtures;

/// <summary>How the data sets of a mixture follow each other (<c>mix_strategy</c>, with LLaMA-Factory's names).</summary>
public enum MixStrategy
{
    /// <summary>One behind the other.</summary>
    Concat,

    /// <summary>The next group is of a random one, until one of them has none left: the rest of the others is not used.</summary>
    InterleaveUnder,

    /// <summary>
    /// The next group is of a random one, until all have been used up: one that is exhausted before begins anew, so that its
    /// groups are repeated.
    /// </summary>
    InterleaveOver,
}

/// <summary>The names of strategies in recipes.</summary>
public static class MixStrategies
{
    /// <summary>The names of <c>mix_strategy</c>.</summary>
    public static IReadOnlyList<(string Name, MixStrategy Value)> Names { get; } =
    [
        ("concat", MixStrategy.Concat),
        ("interleave_under", MixStrategy.InterleaveUnder),
        ("interleave_over", MixStrategy.InterleaveOver),
    ];
}
