using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Testing;
using Simper.Tests.Golden;

namespace Simper.Tests.Benchmarks;

/// <summary>Prompts, ids and figures of every recorded run of lm-evaluation-harness, without a model.</summary>
public class HarnessPromptTests
{
    public static TheoryData<string> Runs => HarnessRun.Names;

    [Theory]
    [MemberData(nameof(Runs))]
    public void Prompts_continuations_and_targets_are_the_harness_s(string name)
    {
        HarnessRun run = HarnessRun.Of(name);
        TaskSample[] made = run.Made(run.Task());
        Assert.Equal(run.Samples.Count, made.Length);
        for (int i = 0; i < made.Length; i++)
        {
            JsonObject sample = run.Samples[i];
            Assert.Equal(sample["doc_id"]!.GetValue<int>(), made[i].Id);
            Assert.Equal(sample["target"]?.ToJsonString(), made[i].Target?.ToJsonString());
            switch (made[i].Requests[0])
            {
                case BenchmarkRequest.Continuation:
                    Assert.Equal(
                        sample["requests"]!.AsArray().Select(r => (Context(sample, r!), r!["continuation"]!.ToString())),
                        made[i].Requests.Cast<BenchmarkRequest.Continuation>().Select(r => (r.Context, r.Text))
                    );
                    break;
                case BenchmarkRequest.Rolling rolling:
                    Assert.Equal(sample["text"]!.ToString(), rolling.Text);
                    break;
                case BenchmarkRequest.Generation generation:
                    Assert.Equal(sample["context"]!.ToString(), generation.Context);
                    Assert.True(JsonNode.DeepEquals(sample["generation_arguments"], generation.Arguments));
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Token_ids_are_the_harness_s(string name)
    {
        HarnessRun run = HarnessRun.Of(name);
        var encoder = new RequestEncoder(HarnessRun.Files, run.MaxLength);
        TaskSample[] made = run.Made(run.Task());
        for (int i = 0; i < made.Length; i++)
        {
            JsonObject sample = run.Samples[i];
            for (int r = 0; r < made[i].Requests.Count; r++)
                Compare(encoder, sample, r, made[i].Requests[r]);
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Figures_and_standard_errors_of_recorded_answers_are_the_harness_s(string name)
    {
        HarnessRun run = HarnessRun.Of(name);
        BenchmarkTask task = run.Task();
        TaskSample[] made = run.Made(task);
        TaskResult result = TaskResult.Of(task, made, [.. run.Samples.Select(HarnessRun.Answers)], HarnessRun.Resamples);
        ExpectRows(run, result);
        ExpectTotals(run, result, 1e-12);
    }

    /// <summary>The figures of each row, and what the filters left of its answer.</summary>
    internal static void ExpectRows(HarnessRun run, TaskResult result, double tolerance = 1e-12)
    {
        foreach (JudgedRow row in result.Rows)
        {
            JsonObject sample = run.Samples[row.Sample.Id];
            if (sample["filtered"]?[row.Filter] is JsonArray filtered)
                Assert.Equal(filtered.Select(f => f!.ToString()), row.Filtered);
            JsonObject expected = sample["metrics"]![row.Filter]!.AsObject();
            Assert.Equal(expected.Select(m => m.Key).Order(), row.Figures.Select(f => f.Key).Order());
            foreach ((string metric, JsonNode value) in row.Figures)
                ExpectSame(expected[metric]!, value, tolerance, $"{run.Name}, row {row.Sample.Id}, {metric}");
        }
    }

    /// <summary>The figures of all rows, and their standard errors.</summary>
    internal static void ExpectTotals(HarnessRun run, TaskResult result, double tolerance)
    {
        JsonObject expected = run.Results["results"]!.AsObject();
        Assert.Equal(expected.Count, 2 * result.Figures.Count);
        foreach (TaskFigure figure in result.Figures)
        {
            double value = expected[$"{figure.Metric},{figure.Filter}"]!.GetValue<double>();
            GoldenFile.Close(value, figure.Value, tolerance * Math.Max(1, Math.Abs(value)), figure.Metric);
            JsonNode error = expected[$"{figure.Metric}_stderr,{figure.Filter}"]!;
            if (figure.Error is { } own)
                GoldenFile.Close(error.GetValue<double>(), own, tolerance * Math.Max(1, own), $"{figure.Metric}_stderr");
            else
                Assert.Equal("N/A", error.ToString());
            Assert.Equal(run.Results["higher_is_better"]![figure.Metric]!.GetValue<bool>(), figure.HigherIsBetter);
        }
    }

    private static void ExpectSame(JsonNode expected, JsonNode value, double tolerance, string what)
    {
        if (expected is JsonArray list)
        {
            Assert.Equal(list.Count, value.AsArray().Count);
            for (int i = 0; i < list.Count; i++)
                ExpectSame(list[i]!, value[i]!, tolerance, what);
            return;
        }
        GoldenFile.Close(Number(expected), Number(value), tolerance * Math.Max(1, Math.Abs(Number(expected))), what);
    }

    private static double Number(JsonNode node) =>
        node.ToJsonString() switch
        {
            "true" => 1,
            "false" => 0,
            var text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
        };

    private static string Context(JsonObject sample, JsonNode request) =>
        sample["contexts"]![request["context"]!.GetValue<int>()]!["text"]!.ToString();

    private static void Compare(RequestEncoder encoder, JsonObject sample, int place, BenchmarkRequest request)
    {
        switch (request)
        {
            case BenchmarkRequest.Continuation pair:
                JsonNode recorded = sample["requests"]![place]!;
                JsonNode context = sample["contexts"]![recorded["context"]!.GetValue<int>()]!;
                (int[] before, int[] behind) = encoder.Pair(pair.Context, pair.Text);
                Assert.Equal(recorded["continuation_ids"]!.Ids(), behind);
                Assert.Equal(context["tokens"]!.GetValue<int>(), before.Length);
                if (context["ids"] is { } ids)
                    Assert.Equal(ids.Ids(), before);
                break;
            case BenchmarkRequest.Rolling rolling:
                JsonArray windows = sample["windows"]!.AsArray();
                (int[] Context, int[] Continuation)[] own = [.. encoder.Windows(rolling.Text)];
                Assert.Equal(windows.Count, own.Length);
                for (int w = 0; w < own.Length; w++)
                {
                    Assert.Equal(windows[w]!["context_ids"]!.Ids(), own[w].Context);
                    Assert.Equal(windows[w]!["continuation_ids"]!.Ids(), own[w].Continuation);
                }
                break;
            case BenchmarkRequest.Generation generation when sample["context_tokens"] is { } tokens:
                int[] prompt = encoder.Encode(generation.Context);
                Assert.Equal(tokens.GetValue<int>(), prompt.Length);
                if (sample["context_ids"] is { } recordedIds)
                    Assert.Equal(recordedIds.Ids(), prompt);
                Assert.Equal(
                    sample["stop_strings"]!.AsArray().Select(s => s!.ToString()),
                    encoder.Stops(generation.Arguments["until"])
                );
                break;
        }
    }
}
