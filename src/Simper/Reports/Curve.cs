namespace Simper.Reports;

/// <summary>
/// One line or row of points of a <see cref="Figure"/>. What is no number is left out when it is drawn. Immutable.
/// </summary>
/// <param name="Name">What the legend calls it; without a name it has no place there.</param>
/// <param name="X">Where.</param>
/// <param name="Y">How much, one for each X.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Lower ends of an interval about Y, drawn as a band; null draws none.</summary>
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>Its upper ends.</summary>
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>Whether the line is dashed.</summary>
    public bool Dashed { get; init; }

    /// <summary>Whether each point is marked.</summary>
    public bool Points { get; init; }

    /// <summary>Whether points are joined by a line.</summary>
    public bool Line { get; init; } = true;

    /// <summary>A faint line, for raw values behind a smoothed curve.</summary>
    public bool Faint { get; init; }

    /// <summary>Its place among the colours, from 0; null takes the next. Curves of one thing share a colour this way.</summary>
    public int? Colour { get; init; }
}
