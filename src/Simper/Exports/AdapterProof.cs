using Simper.Models.Adapters;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Exports;

/// <summary>Whether an adapter that was written and read again is the same: A and s B of every module, within its type.</summary>
internal static class AdapterProof
{
    // s B is rounded once more where the file's scale is another.
    private const double OfFloat32 = 1.0 / (1 << 22);

    /// <summary>A report with the differences of the weights for faults. Of the tokenizer and templates there are notes: they are
    /// in the model's own file.</summary>
    public static ExportReport Of(ExportReport report, Adapter wanted, Adapter got) =>
        report with
        {
            Faults = [.. Faults(wanted, got, report.Format)],
            Notes = [.. report.Notes, .. report.Faults.Select(f => f + " in its model's file, and an adapter's file has none")],
        };

    private static IEnumerable<string> Faults(Adapter wanted, Adapter got, ExportFormat format)
    {
        Dictionary<string, AdapterTensor> others = got.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        Dictionary<string, double> before = Scales(wanted);
        Dictionary<string, double> after = Scales(got);
        double step = format.Type switch
        {
            "F16" => 1.0 / (1 << 11),
            "BF16" => 1.0 / (1 << 8),
            _ => 0,
        };
        double smallest = format.Type == "F16" ? Math.ScaleB(1, -24) : 0; // between the numbers of fp16 that are next to 0
        foreach (AdapterTensor tensor in wanted.Tensors)
        {
            if (!others.Remove(tensor.Name, out AdapterTensor? other))
            {
                yield return $"{tensor.Name} was not read again";
                continue;
            }
            string module = ModuleOf(tensor.Name);
            bool isB = tensor.Name.Contains("_B", StringComparison.Ordinal);
            if (!AreSame(tensor, isB ? before[module] : 1, other, isB ? after[module] : 1, step + OfFloat32, smallest))
                yield return $"{tensor.Name} has other values";
        }
        foreach (string name in others.Keys)
            yield return $"{name} is too many";
    }

    private static Dictionary<string, double> Scales(Adapter adapter) =>
        adapter.Plan.Targets.ToDictionary(t => t.Module.Name, t => t.Scale, StringComparer.Ordinal);

    private static string ModuleOf(string tensor) =>
        tensor[AdapterTensor.Prefix.Length..tensor.LastIndexOf(".lora_", StringComparison.Ordinal)];

    private static bool AreSame(AdapterTensor a, double scaleOfA, AdapterTensor b, double scaleOfB, double step, double smallest)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor wanted = a.Weight.Values().to(ScalarType.Float64).Times(scaleOfA);
        Tensor got = b.Weight.Values().to(ScalarType.Float64).Times(scaleOfB);
        if (!wanted.shape.AsSpan().SequenceEqual(got.shape))
            return false;
        Tensor allowed = wanted.abs().Times(step).Plus(Math.Max(Math.Abs(scaleOfA), Math.Abs(scaleOfB)) * smallest);
        return (wanted - got).abs().le(allowed).all().item<bool>();
    }
}
