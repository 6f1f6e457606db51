using System.Text.Json.Nodes;
using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Golden;

/// <summary>
/// SmolLM2-135M-Instruct from its GGUF against float64: log-probs of 16 pairs of HH-RLHF, gradients of every tensor, greedy
/// answers. The reference's norms and rotary tables are float32 inside, which is worth 1e-5; thirty blocks in float32 as much
/// again.
/// </summary>
public class SmolLm2Tests(ITestOutputHelper output)
{
    private static JsonNode Reference => GoldenFile.Read("golden", "smollm2", "reference.json");

    private static LanguageModel Load(Precision precision, bool trainable = true) =>
        LanguageModel.Load(SharedFiles.Path("models", "smollm2-135m-instruct"), precision, trainable);

    private static TokenizedGroup[] Pairs =>
        [
            .. Reference["pairs"]!
                .AsArray()
                .Select(p => GoldenFile.Pair(p!["prompt_ids"]!, p["chosen_ids"]!, p["rejected_ids"]!, (int)p["row"]!)),
        ];

    [Fact]
    public void Log_probs_in_float32_are_the_reference_s()
    {
        using LanguageModel model = Load(Precision.Float32, trainable: false);
        (double token, double mean) = Distances(model);
        output.WriteLine($"float32: largest token distance {token:E2}, largest mean distance {mean:E2}");
        Assert.True(token < 1e-4 && mean < 2e-5, $"token {token:E2}, mean {mean:E2}");
    }

    [Fact]
    public void Log_probs_in_bfloat16_are_no_farther_from_the_truth_than_those_of_transformers()
    {
        using LanguageModel model = Load(Precision.BFloat16, trainable: false);
        (double token, double mean) = Distances(model);
        JsonNode theirs = Reference["transformers_in_other_precisions_against_float64"]!["bfloat16"]!;
        output.WriteLine(
            $"bfloat16: largest token distance {token:F4} (transformers {theirs["largest_token_logp_difference"]}), "
                + $"largest mean distance {mean:F4} (transformers {theirs["largest_mean_logp_difference"]})"
        );
        Assert.True(mean <= (double)theirs["largest_mean_logp_difference"]!, $"mean {mean:F4}");
        Assert.True(token <= (double)theirs["largest_token_logp_difference"]!, $"token {token:F4}");
    }

    [Fact]
    public void Gradients_of_the_first_four_pairs_in_float32_are_the_reference_s()
    {
        using LanguageModel model = Load(Precision.Float32);
        JsonNode simper = Reference["simper"]!;
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, Pairs[..4], new SimPer());
        GoldenFile.Close((double)simper["loss"]!, outcomes.Average(o => o.Loss), 1e-6, "loss");
        double norm = (double)simper["gradient_global_l2"]!;
        GoldenFile.Close(norm, GoldenFile.NormOf(model), norm * 1e-4, "gradient norm");
        foreach ((string name, JsonNode? expected) in simper["gradients"]!.AsObject())
        {
            (double l2, double sum, double[] numbers) = GoldenFile.Gradient(model, name);
            double scale = (double)expected!["l2"]! * 1e-3;
            GoldenFile.Close((double)expected["l2"]!, l2, scale, $"‖{name}‖");
            GoldenFile.Close((double)expected["sum"]!, sum, scale * Math.Sqrt(numbers.Length), $"Σ {name}");
            double[] first = expected["first"]!.Doubles();
            for (int i = 0; i < first.Length; i++)
                GoldenFile.Close(first[i], numbers[i], scale / 10, $"{name}[{i}]");
        }
    }

    [Fact]
    public void Logits_and_greedy_answers_in_float32_are_the_reference_s()
    {
        using LanguageModel model = Load(Precision.Float32, trainable: false);
        using Tensor logits = GoldenFile.Logits(model, Reference["logits"]!["ids"]!.Ids());
        double[] expected = Reference["logits"]!["last_row_first_64"]!.Doubles();
        double[] got = Numbers.Of(logits[^1]);
        for (int v = 0; v < expected.Length; v++)
            GoldenFile.Close(expected[v], got[v], 1e-3, $"logit {v}");
        foreach (JsonNode? case_ in Reference["greedy"]!.AsArray())
        {
            int[] ids = case_!["new_ids"]!.Ids();
            Assert.Equal(ids, GoldenFile.Greedy(model, case_["prompt_ids"]!.Ids(), ids.Length));
        }
    }

    private static (double Token, double Mean) Distances(LanguageModel model)
    {
        (double token, double mean) = (0, 0);
        foreach (IReadOnlyList<TokenizedGroup> part in MicroBatchPlan.Split(Pairs, 4, 2000))
        {
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(model.Decoder, batch, forBackward: false);
            double[] logProbs = Numbers.Of(pass.TokenLogProbs);
            int at = 0;
            foreach (MicroBatch.Answer answer in batch.Answers)
            {
                JsonNode pair = Reference["pairs"]!.AsArray().Single(p => (int)p!["row"]! == answer.Row)!;
                double[] expected = pair[answer.Index == 0 ? "chosen_token_logps" : "rejected_token_logps"]!.Doubles();
                double difference = 0;
                foreach (double wanted in expected)
                {
                    token = Math.Max(token, Math.Abs(logProbs[at] - wanted));
                    difference += logProbs[at++] - wanted;
                }
                mean = Math.Max(mean, Math.Abs(difference / expected.Length));
            }
        }
        return (token, mean);
    }
}
