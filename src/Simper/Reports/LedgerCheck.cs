using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Ledgers;
using Simper.Objectives;

namespace Simper.Reports;

/// <summary>Whether the averages of a run's ledger are the metrics that it logged.</summary>
/// <param name="Evaluations">Evaluations of held-out pairs that were compared.</param>
/// <param name="Figures">Figures that were compared.</param>
/// <param name="Differences">Those that are not the same to the bit, and evaluations that were not logged; in sentences without a
/// full stop.</param>
public sealed record LedgerCheck(int Evaluations, int Figures, IReadOnlyList<string> Differences)
{
    private const string Prefix = "eval_";

    /// <summary>Compares every figure of every evaluation.</summary>
    /// <exception cref="SimperException">A file is damaged.</exception>
    public static LedgerCheck Of(Ledger ledger)
    {
        var logged = new Dictionary<int, JsonObject>();
        foreach ((JsonObject line, string place) in JsonLines.Read(Path.Combine(ledger.Path, "metrics.jsonl")))
        {
            if (line.ContainsKey(Prefix + "loss"))
                logged[JsonLines.Field(place, () => (int)line["step"]!)] = line;
        }
        var differences = new List<string>();
        (int evaluations, int figures) = (0, 0);
        foreach ((_, int step, PreferenceMetrics metrics) in ledger.Evaluations())
        {
            if (!logged.TryGetValue(step, out JsonObject? line))
            {
                Differ($"step {step}: the evaluation is not in metrics.jsonl");
                continue;
            }
            evaluations++;
            foreach ((string name, double value) in metrics.Named())
            {
                figures++;
                double then = line[Prefix + name] is JsonValue number && number.TryGetValue(out double v) ? v : double.NaN;
                // What is not finite is logged as null.
                if (double.IsFinite(value) ? !value.Equals(then) : !double.IsNaN(then))
                    Differ($"step {step}: {Prefix}{name} is {value:R} by the ledger and {then:R} in metrics.jsonl");
            }
        }
        return new LedgerCheck(evaluations, figures, differences);

        void Differ(FormattableString how) => differences.Add(how.ToString(CultureInfo.InvariantCulture));
    }
}
