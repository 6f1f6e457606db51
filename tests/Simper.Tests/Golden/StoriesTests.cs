using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Golden;

/// <summary>
/// stories260K, a trained model: logits, log-probs, greedy text, SimPER loss, gradient of every tensor and two AdamW trajectories
/// of reference.json (float64), by the flat, shared-prompt, chunked path. Float32 tolerances: five blocks of sums over at most
/// 172 terms of about 1e-7 each give 1e-5 on a logit of up to 20, and 1e-6 on a loss within [-1, 1].
/// </summary>
public class StoriesTests
{
    private static JsonNode Reference => GoldenFile.Read("data", "stories260K-hf", "reference.json");

    private static LanguageModel Load(Precision precision) =>
        LanguageModel.Load(SharedFiles.Path("data", "stories260K-hf"), precision);

    private static TokenizedGroup[] Pairs =>
        [
            .. Reference["simper"]!["pairs"]!
                .AsArray()
                .Select((p, i) => GoldenFile.Pair(p!["prompt_ids"]!, p["chosen_ids"]!, p["rejected_ids"]!, i)),
        ];

    public static TheoryData<string, double> Precisions => new() { { "float64", 1e-7 }, { "float32", 1e-4 } };

    private static Precision Named(string name) => name == "float64" ? Precision.Float64 : Precision.Float32;

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Logits_and_greedy_ids_are_the_reference_s(string precision, double tolerance)
    {
        using LanguageModel model = Load(Named(precision));
        foreach (JsonNode? case_ in Reference["generation"]!.AsArray())
        {
            int[] ids = case_!["input_ids"]!.Ids();
            using Tensor logits = GoldenFile.Logits(model, ids);
            double[] last = Numbers.Of(logits[^1]);
            double[] expected = case_["last_position_logits"]!.Doubles();
            for (int v = 0; v < last.Length; v++)
                GoldenFile.Close(expected[v], last[v], tolerance, $"logit {v}");
            double norm = (double)case_["all_position_logits_l2"]!;
            GoldenFile.Close(norm, Math.Sqrt(Numbers.Of(logits).Sum(x => x * x)), norm * tolerance, "norm of all logits");
            int[] greedy = case_["greedy_ids"]!.Ids();
            int[] got = GoldenFile.Greedy(model, ids, greedy.Length);
            Assert.Equal(greedy[..got.Length], got);
        }
    }

    [Fact]
    public void The_author_s_published_story_comes_out_to_the_last_token()
    {
        using LanguageModel model = Load(Precision.Float32);
        int[] expected = Reference["official_greedy"]!["ids_with_bos"]!.Ids();
        Assert.Equal(expected[1..], GoldenFile.Greedy(model, [expected[0]], expected.Length - 1));
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Scores_loss_and_gradients_are_the_reference_s(string precision, double tolerance)
    {
        using LanguageModel model = Load(Named(precision));
        JsonNode reference = Reference["simper"]!;
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, Pairs, new SimPer());
        for (int i = 0; i < outcomes.Count; i++)
        {
            JsonNode pair = reference["pairs"]![i]!;
            GoldenFile.Close((double)pair["chosen_sum_logp"]!, outcomes[i].ChosenSum, tolerance, $"chosen sum {i}");
            GoldenFile.Close((double)pair["rejected_mean_logp"]!, outcomes[i].RejectedMean, tolerance, $"rejected mean {i}");
            GoldenFile.Close((double)pair["simper_loss"]!, outcomes[i].Loss, tolerance / 10, $"loss {i}");
        }
        GoldenFile.Close((double)reference["batch"]!["simper_loss"]!, outcomes.Average(o => o.Loss), tolerance / 100, "loss");
        GoldenFile.Close(
            (double)reference["simper_gradient"]!["global_l2_norm"]!,
            GoldenFile.NormOf(model),
            tolerance,
            "gradient norm"
        );
        foreach ((string name, JsonNode? expected) in reference["simper_gradient"]!["per_tensor"]!.AsObject())
        {
            (double l2, double sum, double[] numbers) = GoldenFile.Gradient(model, name);
            double scale = (double)expected!["l2"]! * tolerance;
            GoldenFile.Close((double)expected["l2"]!, l2, scale, $"‖{name}‖");
            GoldenFile.Close((double)expected["sum"]!, sum, scale * Math.Sqrt(numbers.Length), $"Σ {name}");
            double[] first = expected["first4"]!.Doubles();
            double[] last = expected["last4"]!.Doubles();
            for (int i = 0; i < first.Length; i++)
            {
                GoldenFile.Close(first[i], numbers[i], scale, $"{name}[{i}]");
                GoldenFile.Close(last[i], numbers[numbers.Length - last.Length + i], scale, $"{name}[-{last.Length - i}]");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public void Both_adamw_trajectories_are_the_reference_s(string precision, double tolerance)
    {
        foreach (JsonNode? run in Reference["simper"]!["training"]!.AsArray())
        {
            using LanguageModel model = Load(Named(precision));
            double? clip = (double?)run!["max_grad_norm"];
            JsonArray steps = run["steps"]!.AsArray();
            using var optimizer = new AdamW(model.Parameters)
            {
                WeightDecay = (double)run["weight_decay"]!,
                DecaysVectors = true,
            };
            foreach (JsonNode? step in steps)
            {
                IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, Pairs, new SimPer());
                double norm = GoldenFile.NormOf(model);
                GoldenFile.Close(
                    (double)step!["loss_before_update"]!,
                    outcomes.Average(o => o.Loss),
                    tolerance,
                    $"loss of step {step["step"]}"
                );
                GoldenFile.Close((double)step["grad_norm"]!, norm, tolerance * 20, $"gradient norm of step {step["step"]}");
                optimizer.Step((double)run["lr"]!, clip is { } limit ? GradientNorm.ClipFactor(norm, limit) : 1);
            }
            GoldenFile.Close(
                (double)run["final_loss"]!,
                GoldenFile.Accumulate(model, Pairs, new SimPer()).Average(o => o.Loss),
                tolerance,
                "final loss"
            );
            foreach ((string name, JsonNode? expected) in run["final_tensor_l2"]!.AsObject())
            {
                using Tensor weights = model.Published().Single(p => p.Name == name).Tensor();
                using Tensor wide = weights.to(ScalarType.Float64);
                using Tensor norm = wide.norm();
                GoldenFile.Close((double)expected!, norm.item<double>(), tolerance * (double)expected!, name);
            }
        }
    }

    [Fact]
    public void Dpo_starts_at_ln_2_where_policy_and_reference_are_one()
    {
        using LanguageModel model = Load(Precision.Float32);
        TokenizedGroup[] pairs = Pairs;
        ReferenceScores references = ReferenceScores.Of(model, pairs);
        GoldenFile.Close(
            Math.Log(2),
            GoldenFile.Accumulate(model, pairs, new Dpo(), references).Average(o => o.Loss),
            1e-6,
            "DPO loss"
        );
    }

    [Fact]
    public void Supervised_loss_is_the_mean_over_all_tokens_of_the_batch()
    {
        using LanguageModel model = Load(Precision.Float64);
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, Pairs, new Sft());
        GoldenFile.Close(
            (double)Reference["simper"]!["batch"]!["chosen_nll_per_token_over_batch"]!,
            PreferenceMetrics.Of(outcomes, reportsMeanLogProbs: true).Loss,
            1e-9,
            "SFT loss"
        );
    }
}
