using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// Quantises a published matrix while it is read, some rows at a time, so that only its codes are in memory whole. The values are
/// rounded to the compute dtype first, as where transformers loads a model in that dtype; for eight bits then to float16, as
/// bitsandbytes does. Four-bit blocks go along the published rows, whatever their order is here.
/// </summary>
/// <param name="source">The checkpoint.</param>
/// <param name="compute">The compute dtype.</param>
/// <param name="quantisation">The format.</param>
internal sealed class FrozenQuantiser(ICheckpointSource source, ScalarType compute, FrozenQuantisation quantisation)
{
    /// <summary>Values read at once, at least as many as a row has.</summary>
    private const long ValuesAtOnce = 1 << 22;

    /// <summary>Rows begin at whole blocks when as many are read as a block has values.</summary>
    private const long Grain = FourBitCodes.DefaultBlockSize;

    private long _nonFinite;

    /// <summary>
    /// How many values were NaN or infinite since the last call; in eight bits also those beyond float16's range.
    /// </summary>
    public long TakeNonFinite() => Interlocked.Exchange(ref _nonFinite, 0);

    /// <summary>
    /// The matrix in our order of rows: as blocks where its rows are whole ones, else dequantised; the caller owns it.
    /// </summary>
    /// <param name="part">The matrix, of two axes.</param>
    /// <param name="name">Its name in the checkpoint.</param>
    public (PackedRows? Packed, Tensor? Values) Read(WeightPart part, string name)
    {
        (long rows, long columns) = (part.RowShape[0], part.RowShape[1]);
        bool isTurned = part.Layout?.InputsFirst ?? false;
        (PackedRows? packed, Tensor? values) =
            quantisation.Format == FrozenFormat.Int8
                ? Int8(name, rows, columns, isTurned)
                : FourBit(name, rows, columns, isTurned);
        if (part.Layout?.Order is not { } order)
            return (packed, values);
        using (packed)
        using (values)
        {
            using Tensor numbers = tensor(order);
            return (packed?.Reordered(order), values?.index_select(0, numbers));
        }
    }

    private (PackedRows?, Tensor?) FourBit(string name, long rows, long columns, bool isTurned)
    {
        FourBitTable table = quantisation.Format == FrozenFormat.Nf4 ? FourBitTable.Nf4 : FourBitTable.Fp4;
        FourBitCodes codes = FourBitCodes.Empty(table, rows * columns);
        foreach ((long first, Tensor chunk) in Chunks(name, rows, columns, isTurned))
        {
            using (chunk)
                codes.Add(first * columns, TensorMemory.Floats(chunk));
        }
        if (quantisation.IsNested)
            NestedScales.Of(codes.Absmax).Restore(codes.Absmax);
        return codes.FitsRows(columns)
            ? (codes.ToRows(rows, columns, ScalarType.Float32), null) // products round to the compute dtype, as this does
            : (null, codes.ToTensor([rows, columns]));
    }

    private (PackedRows?, Tensor?) Int8(string name, long rows, long columns, bool isTurned)
    {
        using Tensor codes = empty([rows, columns], ScalarType.Int8, CPU);
        using Tensor absmax = empty([rows], ScalarType.Float32, CPU);
        foreach ((long first, Tensor chunk) in Chunks(name, rows, columns, isTurned))
        {
            using (chunk)
            using (Tensor half = chunk.to(ScalarType.Float16))
            using (Tensor wide = half.to(ScalarType.Float32))
            {
                _nonFinite += Checkpoints.NonFinite.Count(half) - Checkpoints.NonFinite.Count(chunk);
                Int8Rows.Quantise(wide, codes, absmax, first);
            }
        }
        return Int8Rows.FitsRows(columns) ? (Int8Rows.ToRows(codes, absmax), null) : (null, Int8Rows.ToTensor(codes, absmax));
    }

    // Rows in float32, which the caller disposes: some at a time where they lie in the file as rows.
    private IEnumerable<(long First, Tensor Rows)> Chunks(string name, long rows, long columns, bool isTurned)
    {
        bool inParts = source.ReadsRows && !isTurned;
        long atOnce = inParts ? Math.Max(Grain, ValuesAtOnce / columns / Grain * Grain) : rows;
        for (long first = 0; first < rows; first += atOnce)
        {
            long count = Math.Min(atOnce, rows - first);
            using Tensor own = empty(isTurned ? (long[])[columns, count] : [count, columns], compute, CPU);
            _nonFinite += inParts ? source.ReadRowsInto(name, first, own) : source.ReadInto(name, own);
            using Tensor turned = isTurned ? own.transpose(0, 1) : own.alias();
            using Tensor wide = turned.to(ScalarType.Float32);
            yield return (first, wide.contiguous());
        }
    }
}
