namespace Simper.Reports;

/// <summary>
/// One line or row of points of a <see cref="Figure"/>. NaN is skipped when drawing. Immutable.
/// </summary>
/// <param name="Name">Its label in the legend; without a name it is not listed.</param>
/// <param name="X">Abscissas.</param>
/// <param name="Y">Ordinates, one for each X.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Lower ends of an interval about Y, drawn as a band; null for none.</summary>
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>The upper ends.</summary>
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>Whether the line is dashed.</summary>
    public bool Dashed { get; init; }

    /// <summary>Whether each point is marked.</summary>
    public bool Points { get; init; }

    /// <summary>Whether points are joined by a line.</summary>
    public bool Line { get; init; } = true;

    /// <summary>Whether it is faint, for raw values behind a smoothed curve.</summary>
    public bool Faint { get; init; }

    /// <summary>Its colour index, from 0; null takes the next one. Curves of the same thing share a colour this way.</summary>
    public int? Colour { get; init; }
}
