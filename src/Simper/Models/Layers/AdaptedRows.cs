using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>The rows of a frozen matrix that adapters change: a whole one, or an expert's.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="First">The first of the rows.</param>
/// <param name="Rows">N.</param>
internal sealed record AdaptedRows(Weight Weight, long First, long Rows)
{
    /// <summary>All rows.</summary>
    public static AdaptedRows Of(Weight weight) => new(weight, 0, weight.Rows);

    /// <summary>D.</summary>
    public long Columns => Weight.Columns;

    /// <summary>Some of the rows as products read them; a view that belongs to the open dispose scope.</summary>
    public WeightMatrix Matrix(long first, long rows) => Weight.Matrix.Slice(First + first, rows);

    /// <summary>The same as numbers; the caller disposes them.</summary>
    public Tensor Values(long first, long rows) => Weight.Values(First + first, rows);

    /// <summary>‖w‖² of every row [N]; the caller disposes them.</summary>
    /// <param name="wide">Their dtype, in which they are summed.</param>
    public Tensor SquaredNorms(ScalarType wide)
    {
        using var scope = NewDisposeScope();
        var norms = new List<Tensor>();
        long chunk = Math.Max(1, (1L << 22) / Columns); // 16 MB of floats at once
        for (long row = 0; row < Rows; row += chunk)
        {
            using var each = NewDisposeScope();
            Tensor values = Values(row, Math.Min(chunk, Rows - row)).to(wide);
            norms.Add((values * values).sum(1).MoveToOuterDisposeScope());
        }
        return cat(norms, 0).MoveToOuterDisposeScope();
    }
}
