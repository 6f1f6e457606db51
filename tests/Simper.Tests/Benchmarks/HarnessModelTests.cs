using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Models;
using Simper.Tests.Golden;

namespace Simper.Tests.Benchmarks;

/// <summary>
/// The recorded runs of lm-evaluation-harness with the model itself, SmolLM2-135M-Instruct in float32: the first row or two of
/// each always, all rows, figures and standard errors with SIMPER_LONG=1 (some ten minutes on two cores).
/// </summary>
public class HarnessModelTests(SmolLm2Fixture fixture) : IClassFixture<SmolLm2Fixture>
{
    private const int FewTokens = 1200; // read by the rows that are always run
    private const int FewNewTokens = 24;
    private const int LongContext = 1000;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SIMPER_LONG") == "1";

    public static TheoryData<string> Runs => HarnessRun.Names;

    [Theory]
    [MemberData(nameof(Runs))]
    public void Log_likelihoods_answers_and_scores_are_the_harness_s(string name)
    {
        HarnessRun run = HarnessRun.Of(name);
        BenchmarkTask task = run.Task();
        TaskSample[] samples = run.Made(task);
        if (run.Samples[0]["response"] is not null && run.Samples[0]["generated_ids"] is null)
            return; // stored answers of another model: the filters are tested without one
        TaskSample[] asked = IsLong ? samples : Few(run, samples);
        var model = new BenchmarkModel(fixture.Model, run.MaxLength);
        BenchmarkRequest[] requests = [.. asked.SelectMany(s => s.Requests).Select(Shortened)];
        IReadOnlyList<RequestAnswer> answers = model.Answer(requests, cancel: TestContext.Current.CancellationToken);
        var bySample = new List<IReadOnlyList<IReadOnlyList<RequestAnswer>>>();
        int at = 0;
        foreach (TaskSample sample in asked)
        {
            RequestAnswer[] own = [.. answers.Skip(at).Take(sample.Requests.Count)];
            at += own.Length;
            Compare(run.Samples[sample.Id], own);
            bySample.Add([.. own.Select(a => (IReadOnlyList<RequestAnswer>)[a])]);
        }
        if (!IsLong)
            return;
        TaskResult result = TaskResult.Of(task, asked, bySample, HarnessRun.Resamples);
        HarnessPromptTests.ExpectRows(run, result, 1e-4);
        HarnessPromptTests.ExpectTotals(run, result, 1e-4);
    }

    // Rows by their length, until the time of a quick test is used up.
    private static TaskSample[] Few(HarnessRun run, TaskSample[] samples)
    {
        var few = new List<TaskSample>();
        int tokens = 0;
        foreach (TaskSample sample in samples)
        {
            JsonObject recorded = run.Samples[sample.Id];
            tokens += recorded["contexts"]?.AsArray().Sum(c => c!["tokens"]!.GetValue<int>()) ?? FewTokens / 2;
            if (few.Count > 0 && (tokens > FewTokens || few.Count >= 3))
                break;
            few.Add(sample);
        }
        return [.. few];
    }

    // The beginning of an answer is enough to tell greedy decoding by; all of it in the long test.
    private static BenchmarkRequest Shortened(BenchmarkRequest request)
    {
        if (IsLong || request is not BenchmarkRequest.Generation generation)
            return request;
        JsonObject arguments = generation.Arguments.DeepClone().AsObject();
        arguments["max_gen_toks"] = Math.Min(arguments["max_gen_toks"]?.GetValue<int>() ?? FewNewTokens, FewNewTokens);
        return generation with { Arguments = arguments };
    }

    private static void Compare(JsonObject recorded, RequestAnswer[] answers)
    {
        if (recorded["generated_ids"] is { } generated)
        {
            int[] ids = generated.Ids();
            int[] own = [.. answers[0].Ids];
            Assert.Equal(IsLong ? ids : ids[..Math.Min(ids.Length, own.Length)], own);
            if (IsLong)
                Assert.Equal(recorded["response"]!.ToString(), answers[0].Text);
            return;
        }
        if (recorded["requests"] is not JsonArray requests)
        {
            GoldenFile.Close(recorded["log_likelihood"]!.GetValue<double>(), answers[0].LogLikelihood, 1e-3, "rolling");
            return;
        }
        for (int i = 0; i < requests.Count; i++)
        {
            JsonNode request = requests[i]!;
            int context = recorded["contexts"]![request["context"]!.GetValue<int>()]!["tokens"]!.GetValue<int>();
            double tolerance = context > LongContext ? 1e-3 : 1e-4;
            GoldenFile.Close(request["log_likelihood"]!.GetValue<double>(), answers[i].LogLikelihood, tolerance, $"request {i}");
            Assert.Equal(request["is_greedy"]!.GetValue<bool>(), answers[i].IsGreedy);
        }
    }
}

/// <summary>The model, read once for all runs.</summary>
public sealed class SmolLm2Fixture : IDisposable
{
    private LanguageModel? _model;

    public LanguageModel Model => _model ??= LanguageModel.Load(HarnessRun.ModelFolder, trainable: false);

    public void Dispose() => _model?.Dispose();
}
