using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Models;
using Simper.Testing;
using Simper.Tests.Golden;

namespace Simper.Tests.Benchmarks;

/// <summary>
/// Boundaries, tokens that begin a text, truncation and windows, as lm-evaluation-harness has them: for a tokenizer that puts a
/// token in front (stories260K) and one that does not (SmolLM2).
/// </summary>
public class HarnessTokenizationTests
{
    public static TheoryData<string> Models => SharedFiles.Rows(() => Recorded.Select(m => m.Key));

    private static JsonObject Recorded => GoldenFile.Read("golden", "lm_eval", "tokenization.json")["models"]!.AsObject();

    private static string FolderOf(string model) =>
        model == "smollm2" ? HarnessRun.ModelFolder : SharedFiles.Path("data", $"{model}-hf");

    [Theory]
    [MemberData(nameof(Models))]
    public void Ids_are_divided_and_cut_as_in_the_harness(string name)
    {
        JsonNode recorded = Recorded[name]!;
        ModelFiles files = ModelFiles.ForTokenizer(FolderOf(name));
        var encoder = new RequestEncoder(files, recorded["max_length"]!.GetValue<int>());
        Assert.Equal(recorded["prefix_token_id"]!.GetValue<int>(), encoder.PrefixId);
        foreach (JsonNode? pair in recorded["pairs"]!.AsArray())
        {
            if (pair!["error"] is not null)
            {
                Assert.Throws<SimperException>(() => encoder.Pair(pair["context"]!.ToString(), pair["continuation"]!.ToString()));
                continue;
            }
            (int[] context, int[] continuation) = encoder.Pair(pair["context"]!.ToString(), pair["continuation"]!.ToString());
            Assert.Equal(pair["context_ids"]!.Ids(), context);
            Assert.Equal(pair["continuation_ids"]!.Ids(), continuation);
            Assert.Equal(pair["model_input"]!.Ids(), encoder.Fitted(context, continuation).Concat(continuation[..^1]));
        }
        var small = new RequestEncoder(files, 8);
        JsonNode truncation = recorded["truncation_max_length_8"]!;
        (int[] before, int[] behind) = small.Pair(truncation["context"]!.ToString(), truncation["continuation"]!.ToString());
        Assert.Equal(truncation["continuation_ids"]!.Ids(), behind);
        Assert.Equal(truncation["model_input"]!.Ids(), small.Fitted(before, behind).Concat(behind[..^1]));
        JsonNode rolling = recorded["rolling_max_length_8"]!;
        (int[] Context, int[] Continuation)[] windows = [.. small.Windows(rolling["text"]!.ToString())];
        Assert.Equal(rolling["windows"]!.AsArray().Count, windows.Length);
        for (int i = 0; i < windows.Length; i++)
        {
            Assert.Equal(rolling["windows"]![i]!["context_ids"]!.Ids(), windows[i].Context);
            Assert.Equal(rolling["windows"]![i]!["continuation_ids"]!.Ids(), windows[i].Continuation);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Log_likelihoods_of_the_pairs_and_windows_are_the_harness_s(string name)
    {
        JsonNode recorded = Recorded[name]!;
        using LanguageModel model = LanguageModel.Load(FolderOf(name), trainable: false);
        var whole = new BenchmarkModel(model);
        JsonNode[] pairs = [.. recorded["pairs"]!.AsArray().Select(p => p!).Where(p => p["error"] is null)];
        IReadOnlyList<RequestAnswer> answers = whole.Answer(
            [
                .. pairs.Select(p =>
                    (BenchmarkRequest)new BenchmarkRequest.Continuation(p["context"]!.ToString(), p["continuation"]!.ToString())
                ),
            ],
            cancel: TestContext.Current.CancellationToken
        );
        for (int i = 0; i < pairs.Length; i++)
        {
            GoldenFile.Close(pairs[i]["log_likelihood"]!.GetValue<double>(), answers[i].LogLikelihood, 1e-4, $"pair {i}");
            Assert.Equal(pairs[i]["is_greedy"]!.GetValue<bool>(), answers[i].IsGreedy);
        }
        var small = new BenchmarkModel(model, maxLength: 8);
        JsonNode rolling = recorded["rolling_max_length_8"]!;
        int windows = rolling["windows"]!.AsArray().Count;
        JsonNode generation = recorded["generation_max_length_8_max_gen_toks_3"]!;
        JsonNode truncation = recorded["truncation_max_length_8"]!;
        IReadOnlyList<RequestAnswer> few = small.Answer(
            [
                new BenchmarkRequest.Rolling(rolling["text"]!.ToString()),
                new BenchmarkRequest.Continuation(truncation["context"]!.ToString(), truncation["continuation"]!.ToString()),
                new BenchmarkRequest.Generation(
                    rolling["text"]!.ToString(),
                    new JsonObject { ["until"] = new JsonArray("."), ["max_gen_toks"] = 3 }
                ),
            ],
            cancel: TestContext.Current.CancellationToken
        );
        GoldenFile.Close(rolling["log_likelihood"]!.GetValue<double>(), few[0].LogLikelihood, 1e-4 * windows, "rolling");
        GoldenFile.Close(truncation["log_likelihood"]!.GetValue<double>(), few[1].LogLikelihood, 1e-4, "truncated");
        Assert.Equal(generation["context_ids"]!.Ids(), small.Encoder.Prompt(rolling["text"]!.ToString(), 3));
        Assert.Equal(generation["new_ids"]!.Ids(), few[2].Ids);
        Assert.Equal(generation["response"]!.ToString(), few[2].Text);
    }
}
