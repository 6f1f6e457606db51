using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Bench.Data;

/// <summary>Rows of a file to checked groups, without tokens.</summary>
internal static class Import
{
    /// <summary>Opens the rows some times, and reads all groups again in another order, as training does.</summary>
    public static JsonObject Measure(string rows, int passes, string command)
    {
        var report = new JsonObject { ["command"] = command };
        var seconds = new List<double>();
        for (int pass = 0; pass < passes; pass++)
        {
            long started = Stopwatch.GetTimestamp();
            PreferenceDataset dataset = PreferenceDataset.Open(rows);
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            started = Stopwatch.GetTimestamp();
            foreach (int i in DeterministicRandom.For(7, "import").Permutation(dataset.Count).Take(100_000))
                _ = dataset[i];
            double again = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"pass {pass + 1}: {seconds[^1]:F3} s, {dataset.Rows / seconds[^1]:N0} rows/s; then "
                        + $"{Math.Min(dataset.Count, 100_000) / again:N0} of them a second in random order"
                )
            );
            report["rows"] = dataset.Rows;
        }
        report["file_bytes"] = new FileInfo(rows).Length;
        report["threads"] = Environment.ProcessorCount;
        report["seconds"] = new JsonArray([.. seconds.Select(s => (JsonNode)Math.Round(s, 3))]);
        report["rows_per_second"] = Math.Round((int)report["rows"]! / seconds.Min());
        report["peak_memory_bytes"] = ProcessMemory.Peak();
        return report;
    }
}
