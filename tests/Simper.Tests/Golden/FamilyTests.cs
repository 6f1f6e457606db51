using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Golden;

/// <summary>
/// Every tiny checkpoint of the families folder: those that load must give transformers' float64 numbers, in float64 to 1e-8 of
/// a logit, in float32 to the tolerances that transformers' own float32 needs; those that do not load must say why.
/// </summary>
public class FamilyTests
{
    public static TheoryData<string> Folders => SharedFiles.Rows(() => SharedFiles.Folders("golden", "families"));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Logits_scores_losses_gradients_and_greedy_ids_are_the_reference_s(string folder)
    {
        if (!Loads(folder, out string reason))
        {
            Assert.Contains("not supported", reason, StringComparison.Ordinal);
            Assert.Contains("supported are:", reason, StringComparison.Ordinal);
            return;
        }
        foreach (KernelSet kernels in (KernelSet[])[KernelSet.For(Precision.Float64), new TorchKernels(Precision.Float64, CPU)])
            Judge(folder, kernels, logits: 1e-8, sums: 1e-8, loss: 1e-9, gradient: 2e-7);
        foreach (KernelSet kernels in (KernelSet[])[KernelSet.For(Precision.Float32), new TorchKernels(Precision.Float32, CPU)])
            Judge(folder, kernels, logits: 1e-4, sums: 1e-4, loss: 1e-6, gradient: 1e-4);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Chunks_recomputing_and_answers_one_by_one_give_the_same_gradients(string folder)
    {
        if (!Loads(folder, out _))
            return;
        TokenizedGroup[] pairs = Pairs(GoldenFile.Read("golden", "families", folder, "golden.json"));
        foreach (Func<KernelSet> kernels in (Func<KernelSet>[])[Cpu, Torch])
        {
            using LanguageModel model = LanguageModel.Load(SharedFiles.Path("golden", "families", folder), kernels());
            double[] Gradients(Trainer trainer)
            {
                foreach (Parameter parameter in model.Parameters)
                    parameter.ClearGradient();
                _ = trainer.Accumulate(pairs);
                return [.. model.Parameters.SelectMany(p => Numbers.Of(p.GradientBuffer()))];
            }
            double[] expected = Gradients(new Trainer(model, pairs, new SimPer()));
            double norm = Math.Sqrt(expected.Sum(g => g * g));
            (string Name, Trainer Trainer)[] ways =
            [
                ("chunks of 3 rows", new Trainer(model, pairs, new SimPer()) { HeadRows = 3 }),
                ("recomputed", new Trainer(model, pairs, new SimPer()) { RecomputeActivations = true }),
                ("a pair a pass", new Trainer(model, pairs, new SimPer()) { TokensPerMicroBatch = 1 }),
                ("an answer a pass", new Trainer(model, pairs, new SimPer()) { TokensPerMicroBatch = 1, KeptTokens = 1 }),
                (
                    "prompts computed once for each answer",
                    new Trainer(model, pairs, new SimPer()) { TokensPerMicroBatch = 1, KeptTokens = LongestAlone(pairs) }
                ),
            ];
            foreach ((string name, Trainer trainer) in ways)
            {
                double[] got = Gradients(trainer);
                double distance = Math.Sqrt(expected.Zip(got, (a, b) => (a - b) * (a - b)).Sum());
                Assert.True(distance <= 1e-12 * norm, $"{name}: off by {distance / norm:E1} of the norm");
            }
        }

        static KernelSet Cpu() => KernelSet.For(Precision.Float64);
        static KernelSet Torch() => new TorchKernels(Precision.Float64, CPU);
        static int LongestAlone(TokenizedGroup[] groups) => groups.Max(g => g.Prompt.Length + g.Answers.Max(a => a.Ids.Length));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Layers_keep_as_many_bytes_as_they_say(string folder)
    {
        if (!Loads(folder, out _))
            return;
        foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16])
        {
            using LanguageModel model = LanguageModel.Load(SharedFiles.Path("golden", "families", folder), precision);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            const int tokens = 24;
            foreach (bool recomputes in (bool[])[false, true])
            {
                using var tape = new Tape(recomputes);
                _ = model.Decoder.Forward(HeldNumbers.Range(tokens), TokenLayout.Of((tokens, -1)), tape);
                long said = recomputes ? model.Decoder.InputBytes : model.Decoder.Bytes.Kept;
                Assert.Equal(tokens * said, tape.Bytes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_folder_loads(string folder) => Assert.True(Loads(folder, out string reason), reason);

    [Theory]
    [MemberData(nameof(Folders))]
    public void What_is_saved_is_what_was_read(string folder)
    {
        string path = SharedFiles.Path("golden", "families", folder);
        using var saved = new TemporaryFolder();
        using (LanguageModel model = LanguageModel.Load(path))
            model.Save(saved["model"]);
        using Checkpoint before = Checkpoint.Open(path);
        using Checkpoint after = Checkpoint.Open(saved["model"]);
        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        foreach (string name in before.Tensors.Keys)
        {
            using Tensor read = before.Read(name);
            using Tensor again = after.Read(name);
            Assert.Equal(read.shape, again.shape);
            Assert.Equal(Numbers.Of(read), Numbers.Of(again));
        }
    }

    private static bool Loads(string folder, out string reason)
    {
        try
        {
            LanguageModel.Load(SharedFiles.Path("golden", "families", folder)).Dispose();
            reason = "";
            return true;
        }
        catch (SimperException e)
        {
            reason = e.Message;
            return false;
        }
    }

    private static void Judge(string folder, KernelSet kernels, double logits, double sums, double loss, double gradient)
    {
        using LanguageModel model = LanguageModel.Load(SharedFiles.Path("golden", "families", folder), kernels);
        JsonNode golden = GoldenFile.Read("golden", "families", folder, "golden.json");
        foreach (JsonNode? sequence in golden["sequences"]!.AsArray())
            JudgeLogits(model, sequence!, logits);

        TokenizedGroup[] pairs = Pairs(golden);
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, pairs, new SimPer());
        for (int i = 0; i < pairs.Length; i++)
        {
            GoldenFile.Close((double)golden["pairs"]![i]!["chosen_logp_sum"]!, outcomes[i].ChosenSum, sums, $"chosen {i}");
            GoldenFile.Close((double)golden["pairs"]![i]!["rejected_logp_sum"]!, outcomes[i].RejectedSum, sums, $"rejected {i}");
        }
        GoldenFile.Close((double)golden["simper_loss"]!, outcomes.Average(o => o.Loss), loss, "SimPER loss");
        foreach ((string name, JsonNode? expected) in golden["gradients"]!.AsObject())
        {
            (double l2, double sum, double[] numbers) = GoldenFile.Gradient(model, name);
            double scale = Math.Max((double)expected!["l2"]!, 1e-3) * gradient;
            GoldenFile.Close((double)expected["l2"]!, l2, scale, $"‖{name}‖");
            GoldenFile.Close(
                (double)expected["cos_dot"]!,
                numbers.Select((g, i) => g * Math.Cos(i)).Sum(),
                scale * Math.Sqrt(numbers.Length),
                $"{name} along cos"
            );
            _ = sum;
        }
        JudgeGreedy(model, golden["greedy"]!);
    }

    private static TokenizedGroup[] Pairs(JsonNode golden) =>
        [.. golden["pairs"]!.AsArray().Select((p, i) => GoldenFile.Pair(p!["prompt"]!, p["chosen"]!, p["rejected"]!, i))];

    private static void JudgeLogits(LanguageModel model, JsonNode sequence, double tolerance)
    {
        using Tensor logits = GoldenFile.Logits(model, sequence["ids"]!.Ids());
        int from = (int)sequence["logits_from"]!;
        int row = from;
        foreach (JsonNode? expected in sequence["logits"]!.AsArray())
        {
            double[] got = Numbers.Of(logits[row]);
            double[] wanted = expected!.Doubles();
            for (int v = 0; v < wanted.Length; v++)
                // nine digits in the file
                GoldenFile.Close(wanted[v], got[v], tolerance + Math.Abs(wanted[v]) * 1e-8, $"logit {row}, {v}");
            row++;
        }
        double[] norms = sequence["logit_rows_l2"]!.Doubles();
        for (int t = 0; t < norms.Length; t++)
        {
            using Tensor norm = logits[t].norm();
            GoldenFile.Close(norms[t], norm.item<double>(), tolerance * 10, $"norm of row {t}");
        }
    }

    private static void JudgeGreedy(LanguageModel model, JsonNode greedy)
    {
        int[] expected = greedy["generated"]!.Ids();
        int[] got = GoldenFile.Greedy(model, greedy["prompt"]!.Ids(), expected.Length);
        Assert.Equal(expected[..got.Length], got); // ours stops at a stop token of the checkpoint, the reference went on
        Assert.True(got.Length == expected.Length || model.Files.StopIds.Contains(got[^1]));
    }
}
