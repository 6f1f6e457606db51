namespace Simper.Tensors;

/// <summary>
/// A free list over a range of given length: each request gets the lowest free range that fits, and adjacent free ranges are
/// merged. Not thread safe.
/// </summary>
internal sealed class FreeList(long length)
{
    private readonly List<(long Start, long Length)> _free = [(0, length)];
    private readonly Dictionary<long, long> _taken = [];

    /// <summary>The free ranges, in order; no two are adjacent.</summary>
    public IReadOnlyList<(long Start, long Length)> Free => _free;

    /// <summary>The start of an allocated range of this length, or null if none fits.</summary>
    public long? Take(long wanted)
    {
        int first = _free.FindIndex(f => f.Length >= wanted);
        if (first < 0)
            return null;
        (long start, long room) = _free[first];
        if (room == wanted)
            _free.RemoveAt(first);
        else
            _free[first] = (start + wanted, room - wanted);
        _taken.Add(start, wanted);
        return start;
    }

    /// <summary>Frees what <see cref="Take"/> returned.</summary>
    public void Return(long start)
    {
        if (!_taken.Remove(start, out long freed))
            throw new ArgumentException($"Nothing was taken at {start}.", nameof(start));
        int next = _free.BinarySearch((start, 0));
        next = next < 0 ? ~next : next;
        if (next < _free.Count && _free[next].Start == start + freed)
        {
            freed += _free[next].Length;
            _free.RemoveAt(next);
        }
        if (next > 0 && _free[next - 1].Start + _free[next - 1].Length == start)
            _free[next - 1] = (_free[next - 1].Start, _free[next - 1].Length + freed);
        else
            _free.Insert(next, (start, freed));
    }
}
