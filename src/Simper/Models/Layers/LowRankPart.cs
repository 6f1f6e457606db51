using Simper.Models.Weights;

namespace Simper.Models.Layers;

// Legend: D inputs, r rank.

/// <summary>
/// The adapter of one published matrix, whose outputs are some rows of a linear layer's: s B A is added to them (LoRA, Hu et al.
/// 2022), and with a magnitude m each row is then scaled to that norm (DoRA, Liu et al. 2024).
/// </summary>
/// <param name="A">[r, D]</param>
/// <param name="B">[rows, r]</param>
/// <param name="Magnitude">m [rows, 1], or null.</param>
/// <param name="FirstRow">The first of its rows.</param>
/// <param name="Scale">s.</param>
/// <param name="Key">A number of its own, from which its dropout is drawn.</param>
internal sealed record LowRankPart(TensorWeight A, TensorWeight B, TensorWeight? Magnitude, long FirstRow, double Scale, long Key)
{
    /// <summary>r.</summary>
    public long Rank => A.Rows;

    /// <summary>Outputs.</summary>
    public long Rows => B.Rows;

    public IEnumerable<TensorWeight> Weights => Magnitude is null ? [A, B] : [A, B, Magnitude];
}
