namespace Simper.Benchmarks;

/// <summary>
/// Means and standard errors as lm-evaluation-harness computes them. Its bootstrap draws with Python's generator, seeded by the
/// number of each thousand of resamples; the same draws are made here.
/// </summary>
public static class HarnessStatistics
{
    private const int ChunkSize = 1000;

    /// <summary>The mean; values are added in order.</summary>
    public static double Mean(IReadOnlyList<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum / values.Count;
    }

    /// <summary>The sum of first over the sum of second numbers.</summary>
    public static double WeightedMean(IReadOnlyList<(double Value, double Weight)> items)
    {
        (double sum, double weights) = (0, 0);
        foreach ((double value, double weight) in items)
            (sum, weights) = (sum + value, weights + weight);
        return sum / weights;
    }

    /// <summary>The standard deviation of a sample (n - 1).</summary>
    public static double SampleDeviation(IReadOnlyList<double> values)
    {
        double mean = Mean(values);
        double squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / (values.Count - 1));
    }

    /// <summary>The standard error of a mean.</summary>
    public static double MeanError(IReadOnlyList<double> values) => SampleDeviation(values) / Math.Sqrt(values.Count);

    /// <summary>The standard error of a statistic, from resamples.</summary>
    /// <param name="values">The values, at least two.</param>
    /// <param name="iterations">Number of resamples; whole thousands of them are drawn, as in the harness.</param>
    /// <param name="statistic">Of the resampled values.</param>
    public static double BootstrapError(IReadOnlyList<double> values, int iterations, Func<double[], double> statistic)
    {
        int size = Math.Min(ChunkSize, iterations);
        int chunks = iterations / size;
        var found = new double[chunks * size];
        double[] from = [.. values];
        Parallel.For(
            0,
            chunks,
            chunk =>
            {
                var random = new PythonRandom(chunk);
                var resample = new double[from.Length];
                for (int i = 0; i < size; i++)
                {
                    for (int k = 0; k < resample.Length; k++)
                        resample[k] = from[(int)(random.NextDouble() * from.Length)];
                    found[chunk * size + i] = statistic(resample);
                }
            }
        );
        return SampleDeviation(found);
    }

    /// <summary>The mean of a group of tasks, by size or each task alike.</summary>
    public static double GroupMean(IReadOnlyList<double> means, IReadOnlyList<int> sizes, bool bySize)
    {
        (double sum, double weights) = (0, 0);
        for (int i = 0; i < means.Count; i++)
        {
            int weight = bySize ? sizes[i] : 1;
            (sum, weights) = (sum + means[i] * weight, weights + weight);
        }
        return sum / weights;
    }

    /// <summary>The standard error of a group's mean: the pooled variance of its tasks (n - 1 each).</summary>
    public static double PooledError(IReadOnlyList<double> errors, IReadOnlyList<int> sizes)
    {
        (double variance, double total) = (0, 0);
        for (int i = 0; i < errors.Count; i++)
        {
            variance += (sizes[i] - 1) * errors[i] * errors[i] * sizes[i];
            total += sizes[i];
        }
        return Math.Sqrt(variance / (total - sizes.Count) / total);
    }
}
