using System.Globalization;
using Simper.Reports;
using Simper.Training;

namespace Simper.Runs.Receipts;

/// <summary>
/// The logged steps of a run (<c>metrics.jsonl</c>), compared with those that are made again: rates and gradient norms of every
/// logged step, to the bit.
/// </summary>
internal sealed class LoggedSteps
{
    public const string FileName = "metrics.jsonl";

    private readonly Dictionary<double, double> _rates;
    private readonly Dictionary<double, double> _norms;

    private LoggedSteps(MetricLog log) => (_rates, _norms) = (Of(log["learning_rate"]), Of(log["grad_norm"]));

    /// <summary>Reads them.</summary>
    /// <exception cref="SimperException">The file is missing or damaged.</exception>
    public static LoggedSteps Read(string run) =>
        Path.Combine(run, FileName) is var file && File.Exists(file)
            ? new LoggedSteps(MetricLog.Read(file))
            : throw new SimperException($"{file} is missing.");

    /// <summary>What is other about a step, in words; null where it is the same, or was not logged.</summary>
    public string? Compare(StepReport now) =>
        Other("learning rate", _rates, now.Number, now.LearningRate)
        ?? Other("gradient norm", _norms, now.Number, now.GradientNorm);

    private static string? Other(string name, Dictionary<double, double> logged, int step, double now) =>
        logged.TryGetValue(step, out double then) && !then.Equals(now)
            ? string.Create(CultureInfo.InvariantCulture, $"step {step}: {name} {then:R} then, {now:R} now")
            : null;

    // The last of each step.
    private static Dictionary<double, double> Of((IReadOnlyList<double> Steps, IReadOnlyList<double> Values) series) =>
        series.Steps.Zip(series.Values).GroupBy(p => p.First).ToDictionary(g => g.Key, g => g.Last().Second);
}
