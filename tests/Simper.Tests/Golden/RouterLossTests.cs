using System.Text.Json.Nodes;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Models;
using Simper.Models.Layers;
using Simper.Tensors;
using Simper.Testing;
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
