using System.Text.Json.Nodes;
using Simper.Batching;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Models.Layers;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Tests.Golden;

/// <summary>The routers' auxiliary loss and its gradient, of the families that have one.</summary>
public class RouterLossTests
{
    public static TheoryData<string> Folders => SharedFiles.Rows(() => SharedFiles.Folders("golden", "families"));

    [Theory]
    [MemberData(nameof(Folders))]
    public void The_loss_and_its_gradient_are_the_reference_s(string folder)
    {
        if (GoldenFile.Read("golden", "families", folder, "golden.json")["router_aux_loss"] is not { } golden)
            return;
        foreach (bool recomputes in (bool[])[false, true])
        {
            foreach (
                KernelSet kernels in (KernelSet[])[KernelSet.For(Precision.Float64), new TorchKernels(Precision.Float64, CPU)]
            )
            {
                using LanguageModel model = LanguageModel.Load(SharedFiles.Path("golden", "families", folder), kernels);
                Judge(model, golden, golden["with_mask"]!, isPadded: false, recomputes);
                Judge(model, golden, golden["without_mask"]!, isPadded: true, recomputes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Training_adds_it_where_the_config_asks_for_router_logits(string folder)
    {
        JsonNode golden = GoldenFile.Read("golden", "families", folder, "golden.json");
        if (golden["router_aux_loss"] is null)
            return;
        using var changed = new TemporaryFolder();
        Directory.CreateDirectory(changed["model"]);
        foreach (string file in Directory.GetFiles(SharedFiles.Path("golden", "families", folder)))
            File.Copy(file, Path.Combine(changed["model"], Path.GetFileName(file)));
        string config = Path.Combine(changed["model"], "config.json");
        File.WriteAllText(
            config,
            File.ReadAllText(config).Replace("\"output_router_logits\": false", "\"output_router_logits\": true")
        );
        using LanguageModel without = LanguageModel.Load(SharedFiles.Path("golden", "families", folder), Precision.Float64);
        using LanguageModel with = LanguageModel.Load(changed["model"], Precision.Float64);
        double coefficient = (double)golden["router_aux_loss"]!["coefficient"]!;
        Assert.Equal(coefficient, with.Shape.Experts!.LossCoefficient);
        TokenizedGroup[] pairs =
        [
            .. golden["pairs"]!.AsArray().Select((p, i) => GoldenFile.Pair(p!["prompt"]!, p["chosen"]!, p["rejected"]!, i)),
        ];
        _ = GoldenFile.Accumulate(without, pairs, new SimPer());
        _ = GoldenFile.Accumulate(with, pairs, new SimPer());

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        MicroBatch batch = MicroBatch.Of(pairs);
        using var loss = new RouterLoss(coefficient);
        using var tape = new Tape(recomputes: false);
        Tensor ids = tensor(batch.Ids);
        Tensor hidden = without.Decoder.Forward(ids, batch.Layout, tape, rows: null, loss);
        without.Decoder.Backward(zeros_like(hidden), ids, batch.Layout, tape, rows: null, loss);
        foreach ((Parameter expected, Parameter got) in without.Parameters.Zip(with.Parameters))
            Assert.True(Numbers.RelativeDistance(got.GradientBuffer(), expected.GradientBuffer()) < 1e-10, expected.Name);
    }

    private static void Judge(LanguageModel model, JsonNode golden, JsonNode expected, bool isPadded, bool recomputes)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int[][] rows = [.. golden["input_ids"]!.AsArray().Select(r => r!.Ids())];
        if (!isPadded)
            rows = [.. rows.Zip(golden["attention_mask"]!.AsArray(), (r, m) => r[..m!.Ids().Sum()])];
        Tensor ids = tensor([.. rows.SelectMany(r => r.Select(id => (long)id))]);
        TokenLayout layout = TokenLayout.Of([.. rows.Select(r => (r.Length, -1))]);
        using var loss = new RouterLoss(coefficient: 1);
        using var tape = new Tape(recomputes);
        foreach (Parameter parameter in model.Parameters)
            parameter.ClearGradient();
        Tensor hidden = model.Decoder.Forward(ids, layout, tape, rows: null, loss);
        GoldenFile.Close((double)expected["loss"]!, loss.Value, 1e-9, "loss");
        model.Decoder.Backward(zeros_like(hidden), ids, layout, tape, rows: null, loss);
        foreach ((string name, JsonNode? norm) in expected["gradient_l2"]!.AsObject())
            GoldenFile.Close((double)norm!, GoldenFile.Gradient(model, name).L2, 1e-9, name);
    }
}
