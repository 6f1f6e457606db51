using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// How a published tensor differs from ours, whose rows are outputs: axes exchanged, rows in another order, or both. Nothing
/// else: values are the same.
/// </summary>
internal sealed record WeightLayout
{
    /// <summary>Whether the last two axes are (inputs, outputs).</summary>
    public bool InputsFirst { get; init; }

    /// <summary>The published row of each of ours, after the axes are in our order; null where they are the same.</summary>
    public long[]? Order { get; init; }

    /// <summary>Our shape of a published one: all axes but the inputs are rows.</summary>
    public long[] RowShape(long[] published)
    {
        if (InputsFirst)
            return [published[..^2].Aggregate(published[^1], (a, b) => a * b), published[^2]];
        return Order is null || Order.Length == published[0] ? published : [published.Aggregate((a, b) => a * b)];
    }

    /// <summary>Our rows of a published tensor.</summary>
    public Tensor ToRows(Tensor published)
    {
        using var scope = NewDisposeScope();
        Tensor rows = (InputsFirst ? published.transpose(-1, -2) : published).reshape(RowShape(published.shape));
        if (Order is not null)
            rows = rows.index_select(0, tensor(Order));
        return rows.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The published tensor, on the CPU, of our rows.</summary>
    public Tensor ToPublished(Tensor rows, long[] published)
    {
        using var scope = NewDisposeScope();
        Tensor turned = rows.cpu();
        if (Order is not null)
        {
            var back = new long[Order.Length];
            for (int i = 0; i < back.Length; i++)
                back[Order[i]] = i;
            turned = turned.index_select(0, tensor(back));
        }
        if (InputsFirst)
            turned = turned.reshape([.. published[..^2], published[^1], published[^2]]).transpose(-1, -2);
        return turned.reshape(published).contiguous().clone().MoveToOuterDisposeScope();
    }

    /// <summary>[inputs, outputs].</summary>
    public static WeightLayout Conv1D { get; } = new() { InputsFirst = true };

    /// <summary>Rows that go head by head, query, key and value each, as all queries, all keys, all values.</summary>
    public static WeightLayout HeadByHead(int heads, int width) =>
        new()
        {
            Order =
            [
                .. from part in Enumerable.Range(0, 3)
                from head in Enumerable.Range(0, heads)
                from i in Enumerable.Range(0, width)
                select (head * 3L + part) * width + i,
            ],
        };

    /// <summary>
    /// Heads whose rotated neighbours (0, 1), (2, 3), ... are put half a rotation apart: queries and keys alike, so that their
    /// products stay the same.
    /// </summary>
    public static WeightLayout Neighbours(int heads, int width, int rotated)
    {
        int half = rotated / 2;
        return new()
        {
            Order =
            [
                .. from head in Enumerable.Range(0, heads)
                from i in Enumerable.Range(0, width)
                select head * (long)width
                    + (
                        i >= rotated ? i
                        : i < half ? 2 * i
                        : 2 * (i - half) + 1
                    ),
            ],
        };
    }

    /// <summary>All experts' gates and ups, alternating in the last axis, as one expert after the other, gates first.</summary>
    public static WeightLayout Alternating(int experts, int inner, bool inputsFirst) =>
        new()
        {
            InputsFirst = inputsFirst,
            Order =
            [
                .. from expert in Enumerable.Range(0, experts)
                from part in Enumerable.Range(0, 2)
                from i in Enumerable.Range(0, inner)
                select expert * 2L * inner + 2 * i + part,
            ],
        };

    /// <summary>A tensor [experts, outputs] as one row of values after the other.</summary>
    public static WeightLayout Flat(int experts, int outputs) =>
        new() { Order = [.. Enumerable.Range(0, experts * outputs).Select(i => (long)i)] };
}
