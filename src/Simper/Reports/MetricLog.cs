using System.Text.Json.Nodes;

namespace Simper.Reports;

/// <summary>
/// The figures of <c>metrics.jsonl</c> by name, each over the steps at which it was logged; held-out ones begin with
/// <c>eval_</c>.
/// </summary>
public sealed class MetricLog
{
    private static readonly (IReadOnlyList<double> Steps, IReadOnlyList<double> Values) Nothing = ([], []);
    private readonly Dictionary<string, (List<double> Steps, List<double> Values)> _series = new(StringComparer.Ordinal);

    /// <summary>The names, in order of appearance.</summary>
    public IEnumerable<string> Names => _series.Keys;

    /// <summary>Steps and values of a figure; empty where it was never logged. Values that were not numbers are NaN.</summary>
    public (IReadOnlyList<double> Steps, IReadOnlyList<double> Values) this[string name] =>
        _series.TryGetValue(name, out var series) ? series : Nothing;

    /// <exception cref="SimperException">A line was not written by a run.</exception>
    internal static MetricLog Read(string file)
    {
        var log = new MetricLog();
        foreach ((JsonObject line, string place) in JsonLines.Read(file))
        {
            double step = JsonLines.Field(place, () => (double)line["step"]!);
            foreach ((string name, JsonNode? value) in line)
            {
                if (
                    name is "step" or "epoch"
                    || value is not null && value.GetValueKind() != System.Text.Json.JsonValueKind.Number
                )
                    continue;
                log.Add(name, step, value is null ? double.NaN : (double)value);
            }
        }
        return log;
    }

    private void Add(string name, double step, double value)
    {
        if (!_series.TryGetValue(name, out var series))
            _series[name] = series = ([], []);
        series.Steps.Add(step);
        series.Values.Add(value);
    }
}
