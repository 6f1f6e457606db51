using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Evaluation;

namespace Simper.Experiments;

/// <summary>Statistics as the files of experiments have them. NaN becomes null.</summary>
internal static class ExperimentJson
{
    public static JsonObject Of(PairedDifference difference) =>
        new()
        {
            ["mean"] = Number(difference.Mean),
            ["interval"] = Of(difference.Interval),
            ["up"] = difference.Wins,
            ["down"] = difference.Losses,
            ["same"] = difference.Ties,
            ["sign_test_p"] = Number(difference.PValue),
            ["smallest_to_be_seen"] = Number(difference.Detectable),
        };

    public static JsonArray Of(Interval interval) => new(Number(interval.Low), Number(interval.High));

    public static JsonObject Of(SeedInterval seeds) =>
        new()
        {
            ["seeds"] = seeds.Seeds,
            ["mean"] = Number(seeds.Mean),
            ["standard_deviation"] = Number(seeds.StandardDeviation),
            ["interval"] = Of(seeds.Interval),
        };

    public static JsonNode? Number(double value) => JsonNumber.Of(value);
}
