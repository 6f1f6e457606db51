using System.Diagnostics;
using Simper.Checkpoints;

namespace Simper.Kernels;

/// <summary>
/// A weight matrix of quantised blocks. Several published matrices may be stacked in it, each with a block
/// type of its own. Owns its parts, unless it is a slice of another one.
/// </summary>
internal sealed class PackedMatrix : IDisposable
{
    private readonly PackedRows[] _parts;
    private readonly int _skipped; // rows of the first part that do not belong to a slice
    private readonly bool _isSlice;

    /// <param name="parts">At least one, of the same width, in order of their rows.</param>
    public PackedMatrix(params PackedRows[] parts)
    {
        if (parts.Length == 0 || parts.Any(p => p.Columns != parts[0].Columns))
            throw new ArgumentException("Stacked parts must have the same number of columns.", nameof(parts));
        _parts = parts;
        Rows = parts.Sum(p => p.Rows);
        Columns = parts[0].Columns;
    }

    private PackedMatrix(PackedRows[] parts, int skipped, int rows)
    {
        (_parts, _skipped, _isSlice) = (parts, skipped, true);
        (Rows, Columns) = (rows, parts[0].Columns);
    }

    /// <summary>The parts, from the first row on; those at the ends of a slice may reach beyond it.</summary>
    public ReadOnlySpan<PackedRows> Parts => _parts;

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes => Runs(0, Rows).Sum(r => (long)r.Count * r.Part.RowBytes);

    /// <summary>Successive rows as a matrix, an expert's of all experts': a view, which lives no longer than this one.</summary>
    public PackedMatrix Slice(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Rows - first);
        int skipped = first + _skipped;
        int from = 0;
        for (; skipped >= _parts[from].Rows; from++)
            skipped -= _parts[from].Rows;
        int to = from;
        for (int rows = skipped + count; rows > 0; to++)
            rows -= _parts[to].Rows;
        return new PackedMatrix(_parts[from..to], skipped, count);
    }

    /// <summary>The part that holds a row, and the row's number in it.</summary>
    public (PackedRows Part, int Row) At(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        row += _skipped;
        foreach (PackedRows part in _parts)
        {
            if (row < part.Rows)
                return (part, row);
            row -= part.Rows;
        }
        throw new UnreachableException();
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
        if (_isSlice)
            return;
        foreach (PackedRows part in _parts)
            part.Dispose();
    }
}
