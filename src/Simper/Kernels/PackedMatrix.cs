using Simper.Checkpoints;

namespace Simper.Kernels;

/// <summary>
/// A weight matrix of quantised blocks as they lie in a file. Several published matrices may be stacked in it, each with a block
/// type of its own. Owns its parts.
/// </summary>
internal sealed class PackedMatrix : IDisposable
{
    private readonly PackedRows[] _parts;

    /// <param name="parts">At least one, of the same width, in order of their rows.</param>
    public PackedMatrix(params PackedRows[] parts)
    {
        if (parts.Length == 0 || parts.Any(p => p.Columns != parts[0].Columns))
            throw new ArgumentException("Stacked parts must have the same number of columns.", nameof(parts));
        _parts = parts;
        Rows = parts.Sum(p => p.Rows);
        Columns = parts[0].Columns;
    }

    /// <summary>The parts, from the first row on.</summary>
    public ReadOnlySpan<PackedRows> Parts => _parts;

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes => _parts.Sum(p => (long)p.Rows * p.RowBytes);

    /// <summary>The part that holds a row, and the row's number in it.</summary>
    public (PackedRows Part, int Row) At(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        foreach (PackedRows part in _parts)
        {
            if (row < part.Rows)
                return (part, row);
            row -= part.Rows;
        }
        throw new ArgumentOutOfRangeException(nameof(row));
    }

    /// <summary>Runs of rows, each in one part.</summary>
    public IEnumerable<(PackedRows Part, int First, int Count)> Runs(int first, int count)
    {
        while (count > 0)
        {
            (PackedRows part, int row) = At(first);
            int here = Math.Min(count, part.Rows - row);
            yield return (part, row, here);
            first += here;
            count -= here;
        }
    }

    public void Dispose()
    {
        foreach (PackedRows part in _parts)
            part.Dispose();
    }
}
