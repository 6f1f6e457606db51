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
/// A random float16 checkpoint with an untied head. Its SimPER gradients are about 1e-6, so the trajectory is compared in float64
/// alone: in float32 Adam's epsilon and rounding decide it.
/// </summary>
public class TinyRandomLlamaTests
{
    private static JsonNode Reference => GoldenFile.Read("data", "tiny-random-llama-hf", "reference.json");

    private static LanguageModel Load(Precision precision) =>
        LanguageModel.Load(SharedFiles.Path("data", "tiny-random-llama-hf"), precision);

    private static TokenizedGroup[] Pairs =>
        [
            .. Reference["simper"]!["pairs"]!
                .AsArray()
                .Select((p, i) => GoldenFile.Pair(p!["prompt_ids"]!, p["chosen_ids"]!, p["rejected_ids"]!, i)),
        ];

    [Theory]
    [InlineData("float64", 1e-7)]
    [InlineData("float32", 1e-5)]
    public void Logits_greedy_ids_scores_and_gradients_are_the_reference_s(string precision, double tolerance)
    {
        using LanguageModel model = Load(precision == "float64" ? Precision.Float64 : Precision.Float32);
        foreach (JsonNode? case_ in Reference["generation"]!.AsArray())
        {
            int[] ids = case_!["input_ids"]!.Ids();
            int[] greedy = case_["greedy_ids"]!.Ids();
            using Tensor logits = GoldenFile.Logits(model, ids);
            double[] last = Numbers.Of(logits[^1]);
            double[] expected = case_["last_position_logits_first1000"]!.Doubles();
            for (int v = 0; v < expected.Length; v++)
                GoldenFile.Close(expected[v], last[v], tolerance, $"logit {v}");
            Assert.Equal(greedy, GoldenFile.Greedy(model, ids, greedy.Length));
        }
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, Pairs, new SimPer());
        for (int i = 0; i < outcomes.Count; i++)
            GoldenFile.Close(
                (double)Reference["simper"]!["pairs"]![i]!["chosen_sum_logp"]!,
                outcomes[i].ChosenSum,
                tolerance * 3,
                $"chosen {i}"
            );
        GoldenFile.Close((double)Reference["simper"]!["simper_loss"]!, outcomes.Average(o => o.Loss), 1e-10, "loss");
        double norm = (double)Reference["simper"]!["gradient_global_l2"]!;
        GoldenFile.Close(norm, GoldenFile.NormOf(model), norm * tolerance, "gradient norm");
        foreach ((string name, JsonNode? expected) in Reference["simper"]!["gradient_per_tensor_l2"]!.AsObject())
            GoldenFile.Close((double)expected!, GoldenFile.Gradient(model, name).L2, norm * tolerance, name);
    }

    [Fact]
    public void The_trajectory_in_float64_is_the_reference_s()
    {
        using LanguageModel model = Load(Precision.Float64);
        JsonNode reference = Reference["simper"]!;
        using var optimizer = new AdamW(model.Parameters);
        foreach (JsonNode? step in reference["training"]!.AsArray())
        {
            double loss = GoldenFile.Accumulate(model, Pairs, new SimPer()).Average(o => o.Loss);
            GoldenFile.Close((double)step!["loss_before_update"]!, loss, 1e-11, $"loss of step {step["step"]}");
            GoldenFile.Close(
                (double)step["grad_norm"]!,
                GoldenFile.NormOf(model),
                1e-5 * (double)step["grad_norm"]!,
                $"gradient norm of step {step["step"]}"
            );
            optimizer.Step((double)reference["adamw_lr"]!);
        }
        GoldenFile.Close(
            (double)reference["final_loss"]!,
            GoldenFile.Accumulate(model, Pairs, new SimPer()).Average(o => o.Loss),
            1e-10,
            "final loss"
        );
    }
}
