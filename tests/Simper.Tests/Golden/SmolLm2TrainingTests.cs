using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Golden;

/// <summary>
/// From the raw rows of HH-RLHF through tokenizer, template, trainer and optimizer: SimPER steps of a real model against a plain
/// PyTorch loop in float32. Two steps always; all twelve and the held-out pairs with SIMPER_LONG=1 (about five minutes on two
/// cores).
/// </summary>
public class SmolLm2TrainingTests(ITestOutputHelper output)
{
    [Fact]
    public void Steps_and_held_out_figures_are_the_reference_s()
    {
        bool isLong = Environment.GetEnvironmentVariable("SIMPER_LONG") == "1";
        JsonNode golden = GoldenFile.Read("golden", "smollm2", "training.json");
        using LanguageModel model = LanguageModel.Load(SharedFiles.Path("models", "smollm2-135m-instruct"), Precision.Float32);
        GroupTokenizer tokenizer = model.Files.GroupTokenizer();
        PreferenceDataset rows = PreferenceDataset.Open(SharedFiles.Path("data", "hh-rlhf", "harmless-base-test.jsonl.gz"));
        TokenizedGroup[] Groups(string key) =>
            [.. golden[key]!.Ids().Select(row => tokenizer.Tokenize(rows.Single(g => g.Row == row + 1)).Group!)];
        TokenizedGroup[] heldOut = isLong ? Groups("held_out_rows") : [];
        if (isLong)
            JudgeHeldOut(model, heldOut, golden["held_out_before"]!);

        JsonArray steps = golden["steps"]!.AsArray();
        // Warm-up and order are off: the reference goes through the rows as they are, at a constant rate.
        var trainer = new Trainer(model, Groups("train_rows"), new SimPer())
        {
            LearningRate = 2e-5,
            Schedule = ScheduleKind.Constant,
            PairsPerStep = 8,
            Shuffle = false,
            MaxSteps = isLong ? steps.Count : 2,
        };
        foreach (StepReport step in trainer.Steps())
        {
            double loss = (double)steps[step.Number - 1]!["loss"]!;
            double norm = (double)steps[step.Number - 1]!["grad_norm"]!;
            output.WriteLine(
                $"step {step.Number}: loss {step.Loss:F9} (reference {loss:F9}), gradient norm {step.GradientNorm:F7} "
                    + $"(reference {norm:F7})"
            );
            // The reference's own float32 and float64 differ by 2.2e-7 and 3e-5 of the norm in four steps; rounding grows with
            // each.
            GoldenFile.Close(loss, step.Loss, 2e-6 * step.Number, $"loss of step {step.Number}");
            GoldenFile.Close(norm, step.GradientNorm, norm * 3e-4 * step.Number, $"gradient norm of step {step.Number}");
        }
        if (isLong)
            JudgeHeldOut(model, heldOut, golden["held_out_after"]!);
    }

    private void JudgeHeldOut(LanguageModel model, TokenizedGroup[] groups, JsonNode expected)
    {
        PreferenceMetrics metrics = PreferenceEvaluation.Run(model, groups, new SimPer());
        output.WriteLine(
            $"held out: loss {metrics.Loss:F9} (reference {expected["simper_loss"]}), accuracy "
                + $"{metrics.RewardAccuracy:F9}, chosen {metrics.ChosenMeanLogProb:F7}, rejected "
                + $"{metrics.RejectedMeanLogProb:F7}"
        );
        GoldenFile.Close((double)expected["simper_loss"]!, metrics.Loss, 1e-5, "held-out loss");
        GoldenFile.Close((double)expected["mean_logp_chosen"]!, metrics.ChosenMeanLogProb, 1e-4, "held-out chosen");
        GoldenFile.Close((double)expected["mean_logp_rejected"]!, metrics.RejectedMeanLogProb, 1e-4, "held-out rejected");
        GoldenFile.Close((double)expected["accuracy"]!, metrics.RewardAccuracy, 1e-6, "held-out accuracy");
    }
}
