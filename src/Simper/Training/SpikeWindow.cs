namespace Simper.Training;

/// <summary>
/// The latest values of a figure, and whether a new one leaps out of them: above their mean by more than six standard deviations,
/// once there are half a window of them. The rule and its sizes are those of OLMo-core's SkipStepOptimizer, and as there the
/// values of skipped steps enter the window as well: a level that has come to stay is accepted after a few steps.
/// </summary>
internal sealed class SpikeWindow
{
    /// <summary>The values that count.</summary>
    public const int Length = 128;

    /// <summary>The values that are needed before any is judged.</summary>
    public const int Fewest = Length / 2;

    /// <summary>The distance from the mean that is a spike, in standard deviations.</summary>
    public const double Deviations = 6;

    private readonly Queue<double> _values = new(Length + 1);

    /// <summary>The values, the oldest first.</summary>
    public IReadOnlyList<double> Values => [.. _values];

    /// <summary>Takes over the values of another window.</summary>
    public void Restore(IEnumerable<double> values)
    {
        _values.Clear();
        foreach (double value in values)
            _values.Enqueue(value);
    }

    /// <summary>Adds a value.</summary>
    /// <returns>The highest value that would have been none, if it is a spike; else null.</returns>
    public double? Add(double value)
    {
        double? limit = Limit();
        _values.Enqueue(value);
        if (_values.Count > Length)
            _values.Dequeue();
        return value > limit ? limit : null;
    }

    // Null while there are too few values, or where they are all the same: then any rise would be a spike.
    private double? Limit()
    {
        if (_values.Count < Fewest)
            return null;
        double mean = _values.Average();
        double variance = _values.Sum(v => (v - mean) * (v - mean)) / (_values.Count - 1);
        return variance > 0 ? mean + Deviations * Math.Sqrt(variance) : null;
    }
}
