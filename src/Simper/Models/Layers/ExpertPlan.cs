using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, k chosen experts of a token.

/// <summary>
/// The order in which tokens go through their experts: expert by expert, each expert's tokens in the order of the axis. Its
/// tensors belong to the open dispose scope.
/// </summary>
internal sealed class ExpertPlan
{
    public ExpertPlan(Tensor experts, int count, KernelSet kernels)
    {
        int chosen = (int)experts.size(1);
        long[] of = [.. experts.cpu().reshape(-1).data<long>()];
        var starts = new long[count + 1];
        foreach (long expert in of)
            starts[expert + 1]++;
        for (int expert = 0; expert < count; expert++)
            starts[expert + 1] += starts[expert];
        var next = starts[..count];
        var choices = new long[of.Length];
        var rows = new long[of.Length];
        for (int choice = 0; choice < of.Length; choice++)
        {
            long row = next[of[choice]]++;
            (choices[row], rows[choice]) = (choice, row);
        }
        Runs =
        [
            .. Enumerable
                .Range(0, count)
                .Where(e => starts[e + 1] > starts[e])
                .Select(e => (e, starts[e], starts[e + 1] - starts[e])),
        ];
        Choices = kernels.Indices(choices);
        Rows = kernels.Indices(rows);
        Tokens = kernels.Indices([.. choices.Select(c => c / chosen)]);
    }

    /// <summary>The rows of each expert that has any.</summary>
    public IReadOnlyList<(int Expert, long First, long Count)> Runs { get; }

    /// <summary>The token of each row [T k].</summary>
    public Tensor Tokens { get; }

    /// <summary>The choice of each row, choices being numbered token by token [T k].</summary>
    public Tensor Choices { get; }

    /// <summary>The row of each choice [T k].</summary>
    public Tensor Rows { get; }
}
