using Simper.Reports;

namespace Simper.Experiments;

/// <summary>The trajectory of one arm: the same pairs, measured from its start to its end. Immutable.</summary>
public sealed record Trajectory
{
    /// <summary>The arm that was run.</summary>
    public required Arm Arm { get; init; }

    /// <summary>In step order, the sets of a step together.</summary>
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    /// <summary>
    /// Why training stopped before its end: a loss, a gradient or a log-prob was NaN or infinite. Null where it was completed.
    /// </summary>
    public string? Diverged { get; init; }

    /// <summary>Greedy answers to held-out prompts at the end.</summary>
    public IReadOnlyList<SampleRecord> Answers { get; init; } = [];

    /// <summary>How long it took, measurements included.</summary>
    public double Seconds { get; init; }

    /// <summary>The trajectory of one set.</summary>
    public IReadOnlyList<Measurement> Of(PairSet set) => [.. Measurements.Where(m => m.Set == set)];

    /// <summary>The trajectory of some of a set's pairs.</summary>
    public IReadOnlyList<Measurement> Of(PairSet set, IReadOnlyList<int> places) => [.. Of(set).Select(m => m.Of(places))];
}
