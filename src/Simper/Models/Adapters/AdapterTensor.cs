using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Adapters;

/// <summary>A tensor of an adapter as PEFT stores it, and where its values are.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape there.</param>
/// <param name="Weight">The weight that holds it.</param>
internal sealed record AdapterTensor(string Name, long[] Shape, TensorWeight Weight)
{
    /// <summary>The beginning of all names: PEFT's two wrappers around the model.</summary>
    public const string Prefix = "base_model.model.";

    /// <summary>Its first row in the weight.</summary>
    public long FirstRow { get; init; }

    /// <summary>Its rows in the weight; by default all.</summary>
    public long Rows { get; init; } = Weight.Rows;

    /// <summary>How its rows are ordered in the file; null as they are.</summary>
    public WeightLayout? Layout { get; init; }

    /// <summary>Whether the file has it with its axes exchanged.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>
    /// The values that it began with, where those are subtracted from what it adds (PiSSA): the file has both, one behind the
    /// other, as one adapter of twice the rank over the model as published.
    /// </summary>
    public TensorWeight? Subtracted { get; init; }

    /// <summary>Along which axis they follow: the ranks.</summary>
    public int RankAxis { get; init; }

    /// <summary>Its values in the file's form, on the CPU, from those of the weight's rows, which it disposes.</summary>
    public Tensor Published(Tensor rows)
    {
        using (rows)
        {
            using var scope = NewDisposeScope();
            Tensor all = WithSubtracted(rows);
            Tensor own = Layout is null ? all.cpu() : Layout.ToPublished(all, Shape.Length == 1 ? all.shape : Shape);
            return (IsTransposed ? own.t() : own).reshape(Shape).contiguous().clone().MoveToOuterDisposeScope();
        }
    }

    /// <summary>Rows of the weight with what is subtracted from them behind, in the order of the layers' rows.</summary>
    public Tensor WithSubtracted(Tensor rows)
    {
        if (Subtracted is not { } start)
            return rows;
        using var scope = NewDisposeScope();
        Tensor began = start.Values().to(rows.dtype);
        return cat([rows, RankAxis == 0 ? began : began.neg()], RankAxis).MoveToOuterDisposeScope();
    }

    /// <summary>The weight's rows from the file's form.</summary>
    /// <param name="published">The tensor of the file.</param>
    public Tensor OfPublished(Tensor published)
    {
        using var scope = NewDisposeScope();
        Tensor own = Subtracted is null ? published : published.narrow(RankAxis, 0, published.size(RankAxis) / 2).contiguous();
        return RowsOf(own, Layout, IsTransposed, [Rows, .. Weight.Shape.Skip(1)]).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of a shape from the file's form.</summary>
    public static Tensor RowsOf(Tensor published, WeightLayout? layout, bool isTransposed, long[] shape)
    {
        using var scope = NewDisposeScope();
        Tensor turned = isTransposed ? published.t().contiguous() : published;
        return (layout?.ToRows(turned) ?? turned).reshape(shape).alias().MoveToOuterDisposeScope();
    }
}
