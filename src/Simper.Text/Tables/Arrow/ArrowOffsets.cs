namespace Simper.Text.Tables.Arrow;

/// <summary>Where the parts of a column of lists or texts begin and end.</summary>
internal abstract class ArrowOffsets
{
    /// <exception cref="InvalidDataException">It has no such part.</exception>
    public abstract (long Start, long End) Of(long at);
}

/// <summary>Each part begins where the one before ends.</summary>
/// <param name="offsets">One more than there are parts.</param>
/// <param name="isLarge">Whether they have 64 bits, instead of 32.</param>
internal sealed class RunningOffsets(ArrowBuffer offsets, bool isLarge) : ArrowOffsets
{
    public override (long Start, long End) Of(long at) =>
        isLarge ? (offsets.Int64(at), offsets.Int64(at + 1)) : (offsets.Int32(at), offsets.Int32(at + 1));
}

/// <summary>Each part says where it begins and how long it is.</summary>
internal sealed class SizedOffsets(ArrowBuffer offsets, ArrowBuffer sizes, bool isLarge) : ArrowOffsets
{
    public override (long Start, long End) Of(long at)
    {
        long start = isLarge ? offsets.Int64(at) : offsets.Int32(at);
        return (start, start + (isLarge ? sizes.Int64(at) : sizes.Int32(at)));
    }
}

/// <summary>All parts are equally long.</summary>
internal sealed class EqualOffsets(int size) : ArrowOffsets
{
    public override (long Start, long End) Of(long at) => (at * size, (at + 1) * size);
}
