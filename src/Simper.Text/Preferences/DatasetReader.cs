using System.Security.Cryptography;
using Simper.Text.Preferences.Cache;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Preferences;

/// <summary>Reads the files of a data set from beginning to end, on all cores, and keeps where their rows are.</summary>
internal static class DatasetReader
{
    /// <summary>Rows processed together: enough for all cores, few enough for memory.</summary>
    private const int Chunk = 256;

    /// <summary>Reads all rows.</summary>
    /// <param name="files">The files, at least one.</param>
    /// <param name="options">How they are read.</param>
    /// <param name="makeSpool">Makes what keeps rows that cannot be read again where they are.</param>
    /// <param name="cancel">Stops it between blocks of rows.</param>
    /// <returns>What was found; null if there is no row.</returns>
    /// <exception cref="SimperException">A file or row is wrong.</exception>
    public static DatasetIndex? Read(
        IReadOnlyList<string> files,
        DatasetOptions options,
        Func<RowSpool> makeSpool,
        CancellationToken cancel
    )
    {
        var index = new RowIndex(makeSpool);
        var dropped = new List<DroppedRow>();
        var unused = new OrderedDictionary<string, bool>();
        var hashes = new GroupHashes.Builder();
        FileLayout? layout = null;
        int rows = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            bool isBegun = false;
            foreach (RowReader.RawRow[] chunk in RowReader.Read(file, options.Columns).Chunk(Chunk))
            {
                cancel.ThrowIfCancellationRequested();
                if (!isBegun)
                    index.Begin(file, chunk[0]);
                isBegun = true;
                FileLayout known = layout ??= FileLayout.Of(chunk, file, options);
                Seen[] found = InOrder.Map(chunk.Length, i => Look(chunk[i], file, known, options.Compatibility));
                for (int i = 0; i < chunk.Length; i++)
                {
                    RowReader.RawRow raw = chunk[i];
                    (string? fault, GroupHash groupHash, IReadOnlyList<string> notRead) = found[i];
                    rows++;
                    hash.AppendData(raw.Utf8);
                    hash.AppendData("\n"u8);
                    foreach (string column in notRead)
                        unused.TryAdd(column, true);
                    if (fault is not null)
                    {
                        dropped.Add(new DroppedRow(raw.Row, RowReader.Place(file, raw.Row, raw.Unit), fault));
                        continue;
                    }
                    hashes.Add(groupHash);
                    index.Add(raw);
                }
            }
        }
        index.Finish();
        return layout is null
            ? null
            : new DatasetIndex
            {
                Rows = [.. index.Rows],
                Sources = index.Sources,
                Layout = layout,
                Count = rows,
                Dropped = dropped,
                UnusedColumns = [.. unused.Keys],
                Hashes = hashes.Build(),
                Fingerprint =
                    Convert.ToHexStringLower(hash.GetHashAndReset())
                    + (options.Compatibility == Compatibility.Strict ? "" : $" {options.Compatibility}")
                    + (options.Columns.IsEmpty ? "" : $" {options.Columns}"),
            };
    }

    /// <summary>The layout of files that were read before: their first rows decide it.</summary>
    public static FileLayout? LayoutOf(IReadOnlyList<string> files, DatasetOptions options) =>
        files
            .Select(file => (File: file, Rows: RowReader.Read(file, options.Columns).Take(Chunk).ToArray()))
            .Where(f => f.Rows.Length > 0)
            .Select(f => FileLayout.Of(f.Rows, f.File, options))
            .FirstOrDefault();

    private readonly record struct Seen(string? Fault, GroupHash Hash, IReadOnlyList<string> Unused);

    private static Seen Look(RowReader.RawRow raw, string file, FileLayout layout, Compatibility mode)
    {
        string place = RowReader.Place(file, raw.Row, raw.Unit);
        return layout.Read(
            RowJson.Parse(raw.Utf8, place),
            raw.Row,
            place,
            (group, row) =>
            {
                string? fault = RowFaults.Of(group, mode);
                return new Seen(fault, fault is null ? GroupHash.Of(group) : default, [.. row.Unused]);
            }
        );
    }
}
