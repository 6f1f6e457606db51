using Simper.Reports;

namespace Simper.Experiments;

/// <summary>The course of one arm: the same pairs, measured from its start to its end. Immutable.</summary>
public sealed record Trajectory
{
    /// <summary>What was run.</summary>
    public required Arm Arm { get; init; }

    /// <summary>In order of their steps, the sets of a step together.</summary>
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    /// <summary>
    /// Why training stopped before its end: a loss, a gradient or a log-prob was no number. Null where it went to its end.
    /// </summary>
    public string? Diverged { get; init; }

    /// <summary>Greedy answers to held-out prompts at the end.</summary>
    public IReadOnlyList<SampleRecord> Answers { get; init; } = [];

    /// <summary>How long it took, measurements included.</summary>
    public double Seconds { get; init; }

    /// <summary>The course of one set.</summary>
    public IReadOnlyList<Measurement> Of(PairSet set) => [.. Measurements.Where(m => m.Set == set)];

    /// <summary>The course of some of a set's pairs.</summary>
    public IReadOnlyList<Measurement> Of(PairSet set, IReadOnlyList<int> places) => [.. Of(set).Select(m => m.Of(places))];
}
