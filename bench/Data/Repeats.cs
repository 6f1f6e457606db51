using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Bench.Data;

/// <summary>What it takes to find duplicates and contradictions among rows that are read.</summary>
internal static class Repeats
{
    public static JsonObject Measure(string rows, string command)
    {
        PreferenceDataset data = PreferenceDataset.Open(rows);
        var report = new JsonObject { ["command"] = command, ["rows"] = data.Count };
        Timed(report, "exact_duplicates", () => ExactDuplicates.Of(data.Hashes).Count);
        Timed(report, "contradictions", () => Contradictions.Of(data.Hashes).Count);
        Timed(report, "held_out_by_prompt", () => data.Split(0.05, 42).HeldOut.Count);
        Timed(report, "near_duplicates", () => new NearDuplicates().Of(data).Count);
        report["threads"] = Environment.ProcessorCount;
        report["peak_memory_bytes"] = ProcessMemory.Peak();
        return report;
    }

    private static void Timed(JsonObject report, string what, Func<int> find)
    {
        long started = Stopwatch.GetTimestamp();
        report[what] = find();
        report[what + "_seconds"] = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 2);
    }
}
