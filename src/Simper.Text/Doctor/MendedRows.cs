using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Cache;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor;

/// <summary>
/// Mended rows in a temporary file, until all are there: only then is it known which repeat or contradict each other. Not thread
/// safe.
/// </summary>
internal sealed class MendedRows : IDisposable
{
    private readonly RowSpool _spool = new();
    private readonly List<(long At, int Length, int File, int Row, int Group)> _rows = [];
    private readonly GroupHashes.Builder _hashes = new();
    private int _groups;
    private long _mended;
    private long _leftOut;

    /// <summary>Adds a row, or tells that it is left out.</summary>
    public void Add(MendedRow row, ChangeLog log)
    {
        if (row.Drop is { } check)
        {
            log.LeftOut(row.File, row.Row, check, "", row.Original!);
            _leftOut++;
            return;
        }
        foreach (RowChange change in row.Changes)
            log.Mended(row.File, row.Row, change);
        _mended += row.Changes.Count > 0 ? 1 : 0;
        int group = -1;
        if (row.Hash is { } hash)
        {
            _hashes.Add(hash);
            group = _groups++;
        }
        _rows.Add((_spool.Add(row.Line), row.Line.Length, row.File, row.Row, group));
    }

    /// <summary>Writes the rows that are neither copies nor contradictions.</summary>
    public (long Mended, long LeftOut) Write(Stream to, ChangeLog log)
    {
        _spool.Finish();
        GroupHashes hashes = _hashes.Build();
        Dictionary<int, (Check Check, int With)> drops = Drops(hashes);
        int[] numbers = [.. _rows.Where(r => r.Group >= 0).Select(r => r.Row)];
        foreach ((long at, int length, int file, int row, int group) in _rows)
        {
            byte[] line = _spool.Read(at, length);
            if (group >= 0 && drops.TryGetValue(group, out (Check Check, int With) drop))
            {
                log.LeftOut(file, row, drop.Check, $"row {numbers[drop.With]}", line);
                _leftOut++;
                continue;
            }
            to.Write(line);
            to.WriteByte((byte)'\n');
        }
        return (_mended, _leftOut);
    }

    public void Dispose() => _spool.Dispose();

    // Contradictions go on both sides, with all their copies; of other copies the first stays.
    private static Dictionary<int, (Check Check, int With)> Drops(GroupHashes hashes)
    {
        var drops = new Dictionary<int, (Check, int)>();
        foreach (Contradiction c in Contradictions.Of(hashes))
        {
            if (c.Kind == ContradictionKind.Cycle)
                continue; // which of them is wrong is a question of its own
            Check check = c.Kind == ContradictionKind.Label ? DuplicateChecks.Label : DuplicateChecks.Contradicts;
            foreach (int group in c.Groups)
                drops.TryAdd(group, (check, c.Groups[0] == group ? c.Groups[^1] : c.Groups[0]));
        }
        foreach (DuplicateRow copy in ExactDuplicates.Of(hashes))
            drops.TryAdd(copy.Group, (DuplicateChecks.Exact, copy.With));
        return drops;
    }
}
