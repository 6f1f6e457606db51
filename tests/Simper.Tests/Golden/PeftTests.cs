using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
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
/// Every adapter of golden/peft, found by listing: logits, merged weights, SimPER loss and gradients, and five AdamW steps, in
/// float64 as the reference computed them, and logits in float32.
/// </summary>
public class PeftTests
{
    private static string Root => SharedFiles.Path("golden", "peft");

    public static TheoryData<string> Cases =>
        SharedFiles.Rows(() =>
            SharedFiles.Folders("golden", "peft").Where(d => File.Exists(Path.Combine(Root, d, "golden.json")))
        );

    private static JsonNode Read(string name) => GoldenFile.Read("golden", "peft", name, "golden.json");

    private static LanguageModel Load(string name, Precision precision, bool trainable = true)
    {
        string folder = Path.Combine(Root, name);
        string basePath = Path.GetFullPath(Path.Combine(Root, (string)Read(name)["base_model"]!));
        return LanguageModel.Load(folder, precision, trainable, basePath: basePath);
    }

    private static TokenizedGroup[] Pairs(JsonNode golden) =>
        [
            .. golden["simper"]!["pairs"]!
                .AsArray()
                .Select((p, i) => GoldenFile.Pair(p!["prompt_ids"]!, p["chosen_ids"]!, p["rejected_ids"]!, i)),
        ];

    [Fact]
    public void There_are_cases() => Assert.True(Root.Length > 0 && Cases.Count >= 17);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_are_the_reference_s(string name)
    {
        JsonNode golden = Read(name);
        double[][] expected = [.. golden["logits_float64"]!.AsArray().Select(r => r!.Doubles())];
        foreach (
            (Precision precision, double tolerance) in ((Precision, double)[])
                [(Precision.Float64, 1e-9), (Precision.Float32, 1e-4)]
        )
        {
            using LanguageModel model = Load(name, precision, trainable: false);
            using Tensor logits = GoldenFile.Logits(model, golden["input_ids"]!.Ids());
            for (int t = 0; t < expected.Length; t++)
            {
                double[] row = Numbers.Of(logits[t]);
                for (int v = 0; v < row.Length; v++)
                    GoldenFile.Close(expected[t][v], row[v], tolerance, $"{precision.Name} logit {t}, {v}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ranks_and_scales_are_the_reference_s(string name)
    {
        JsonNode golden = Read(name);
        using LanguageModel model = Load(name, Precision.Float32);
        Dictionary<string, (int Rank, double Scale)> found = model.Adapter!.Plan.Targets.ToDictionary(
            t => t.Module.Name,
            t => (t.Rank, t.Scale)
        );
        Assert.Equal(
            golden["rank"]!.AsObject().ToDictionary(r => r.Key, r => (int)r.Value!),
            found.ToDictionary(f => f.Key, f => f.Value.Rank)
        );
        foreach ((string module, JsonNode? scale) in golden["scaling"]!.AsObject())
            Assert.Equal((double)scale!, found[module].Scale, 12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_are_the_reference_s(string name)
    {
        JsonNode golden = Read(name);
        using LanguageModel model = Load(name, Precision.Float64);
        JsonNode simper = golden["simper"]!;
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, Pairs(golden), new SimPer());
        double[] chosen = simper["mean_log_prob_chosen"]!.Doubles();
        for (int i = 0; i < outcomes.Count; i++)
            GoldenFile.Close(chosen[i], outcomes[i].ChosenMean, 1e-10, $"chosen mean {i}");
        GoldenFile.Close((double)simper["loss"]!, outcomes.Average(o => o.Loss), 1e-10, "loss");
        GoldenFile.Close((double)simper["gradient_global_l2"]!, GoldenFile.NormOf(model), 1e-10, "norm of all gradients");
        foreach ((string tensor, JsonNode? expected) in simper["gradients"]!.AsObject())
        {
            (double l2, double sum, double[] numbers) = GoldenFile.Gradient(model, tensor);
            GoldenFile.Close((double)expected!["l2"]!, l2, 1e-9, $"‖{tensor}‖");
            GoldenFile.Close((double)expected["sum"]!, sum, 1e-9, $"Σ {tensor}");
            double[] first = expected["first4"]!.Doubles();
            for (int i = 0; i < first.Length; i++)
                GoldenFile.Close(first[i], numbers[i], 1e-9, $"{tensor}[{i}]");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Five_adamw_steps_are_the_reference_s(string name)
    {
        JsonNode golden = Read(name);
        JsonNode adamw = golden["adamw"]!;
        using LanguageModel model = Load(name, Precision.Float64);
        using var optimizer = new AdamW(model.Parameters);
        double[] losses = adamw["loss_before_each_step_and_after_the_last"]!.Doubles();
        TokenizedGroup[] pairs = Pairs(golden);
        for (int step = 0; step < losses.Length; step++)
        {
            double loss = GoldenFile.Accumulate(model, pairs, new SimPer()).Average(o => o.Loss);
            GoldenFile.Close(losses[step], loss, 1e-9, $"loss before step {step + 1}");
            if (step < losses.Length - 1)
                optimizer.Step((double)adamw["settings"]!["lr"]!);
        }
        Dictionary<string, Func<Tensor>> tensors = model
            .Adapter!.Published((w, first, rows) => w.Values(first, rows))
            .ToDictionary(t => t.Name, t => t.Tensor);
        foreach ((string tensor, JsonNode? expected) in adamw["final_tensors"]!.AsObject())
        {
            using Tensor values = tensors[tensor]();
            double[] numbers = Numbers.Of(values.flatten());
            GoldenFile.Close((double)expected!["l2"]!, Math.Sqrt(numbers.Sum(x => x * x)), 1e-8, $"‖{tensor}‖");
            double[] first = expected["first4"]!.Doubles();
            for (int i = 0; i < first.Length; i++)
                GoldenFile.Close(first[i], numbers[i], 1e-8, $"{tensor}[{i}]");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Merged_weights_are_the_reference_s(string name)
    {
        JsonNode golden = Read(name);
        using LanguageModel model = Load(name, Precision.Float64, trainable: false);
        Dictionary<string, Func<Tensor>> weights = model.Published().ToDictionary(p => p.Name, p => p.Tensor);
        foreach ((string tensor, JsonNode? expected) in golden["merged"]!["changed_tensors_float32"]!.AsObject())
        {
            // PEFT adds an embedding's adapter to the tied head as well, which changes what the model computes (its README); here
            // the two are untied. Where they stay tied there is one tensor.
            if (tensor == "lm_head.weight" && (double)golden["differences"]!["merged_vs_unmerged_float32_max_abs"]! > 1)
                continue;
            using Tensor values = weights[weights.ContainsKey(tensor) ? tensor : "model.embed_tokens.weight"]();
            double[] numbers = Numbers.Of(values.flatten());
            GoldenFile.Close((double)expected!["l2"]!, Math.Sqrt(numbers.Sum(x => x * x)), 1e-3, $"‖{tensor}‖");
            double[] first = expected["first4"]!.Doubles();
            for (int i = 0; i < first.Length; i++)
                GoldenFile.Close(first[i], numbers[i], 1e-5, $"{tensor}[{i}]");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Merged_equals_attached(string name)
    {
        using var folder = new TemporaryFolder();
        int[] ids = Read(name)["input_ids"]!.Ids();
        foreach (
            (Precision precision, double tolerance) in ((Precision, double)[])
                [(Precision.Float64, 1e-11), (Precision.Float32, 1e-4)]
        )
        {
            string path = folder[precision.Name];
            double[] attached;
            using (LanguageModel model = Load(name, precision, trainable: false))
            using (Tensor logits = GoldenFile.Logits(model, ids))
            {
                attached = Numbers.Of(logits.flatten());
                model.SaveMerged(path);
            }
            using LanguageModel merged = LanguageModel.Load(path, precision, trainable: false);
            using Tensor own = GoldenFile.Logits(merged, ids);
            double[] numbers = Numbers.Of(own.flatten());
            for (int i = 0; i < numbers.Length; i++)
                GoldenFile.Close(attached[i], numbers[i], tolerance, $"{precision.Name} logit {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_saved_adapter_is_the_one_that_was_read(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder["adapter"];
        using LanguageModel model = Load(name, Precision.Float32);
        model.Save(path);
        using LanguageModel again = LanguageModel.Load(path);
        Assert.Equal(model.QuickHash(), again.QuickHash());
        using SafetensorsFile theirs = SafetensorsFile.Open(Path.Combine(Root, name, "adapter_model.safetensors"));
        using SafetensorsFile ours = SafetensorsFile.Open(Path.Combine(path, "adapter_model.safetensors"));
        // all but the frozen embedding, which PEFT stores beside its adapter
        Assert.Equal(
            theirs.Tensors.Keys.Where(k => !k.EndsWith("embed_tokens.base_layer.weight", StringComparison.Ordinal)).Order(),
            ours.Tensors.Keys.Order()
        );
        foreach (string tensor in ours.Tensors.Keys)
        {
            using Tensor expected = theirs.Read(tensor);
            using Tensor written = ours.Read(tensor);
            Assert.True(expected.equal(written).all().item<bool>() && expected.shape.SequenceEqual(written.shape), tensor);
        }
    }
}
