using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// The groups of a data file, in order. Rows that cannot teach anything (an empty answer, equal answers) are dropped and counted;
/// a wrong row stops reading with file and line. Rows are read again on demand, from plain JSONL files or a temporary copy of
/// others, so a data set of any length takes a few bytes per row. Immutable, thread safe.
/// </summary>
public sealed class PreferenceDataset : IReadOnlyList<PreferenceGroup>
{
    /// <summary>Rows processed together: enough for all cores, few enough for memory.</summary>
    private const int Chunk = 256;

    private readonly RowRef[] _rows;
    private readonly IReadOnlyList<RowSource> _sources;
    private readonly FileLayout _layout;
    private readonly Compatibility _mode;

    private PreferenceDataset(RowRef[] refs, IReadOnlyList<RowSource> sources, FileLayout layout, Compatibility mode) =>
        (_rows, _sources, _layout, _mode) = (refs, sources, layout, mode);

    // 16 bytes per row: its offset (the number of its source above 48 bits), its length, its number.
    private readonly record struct RowRef(long Place, int Length, int Row)
    {
        public static RowRef Of(int source, long at, int length, int row) => new(((long)source << 48) | at, length, row);

        public int Source => (int)(Place >> 48);

        public long At => Place & ((1L << 48) - 1);
    }

    /// <summary>The path it was read from.</summary>
    public required string Path { get; init; }

    /// <summary>The layout detected.</summary>
    public string Layout => _layout.Name;

    /// <summary>Rows of the file.</summary>
    public required int Rows { get; init; }

    /// <summary>Dropped rows, with reasons.</summary>
    public required IReadOnlyList<DroppedRow> Dropped { get; init; }

    /// <summary>Columns that contain text in some row and are not read, in order of first appearance.</summary>
    public required IReadOnlyList<string> UnusedColumns { get; init; }

    /// <summary>SHA-256 over its rows as stored in the file, and how they are read.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Number of groups.</summary>
    public int Count => _rows.Length;

    /// <summary>A group, read again from its file.</summary>
    /// <exception cref="SimperException">The file has changed since it was opened.</exception>
    public PreferenceGroup this[int index]
    {
        get
        {
            RowRef row = _rows[index];
            RowSource source = _sources[row.Source];
            string place = RowReader.Place(source.File, row.Row, source.Unit);
            return Read(_layout, RowJson.Parse(source.Read(row.At, row.Length), place), row.Row, place, _mode);
        }
    }

    /// <summary>
    /// Reads a file of JSON (lines, an array, one object; optionally gzipped) or Parquet, all such files of a folder, or a split
    /// of a data set in the Hugging Face cache.
    /// </summary>
    /// <param name="path">The file or folder; or <c>org/name</c>, also with a part, a revision and a split:
    /// <c>org/name/config@revision#split</c>.</param>
    /// <param name="compatibility">Which program is followed for rows without a prompt, and in dropping rows: other programs keep
    /// empty and equal answers.</param>
    /// <param name="splits">The splits of a data set of the hub to take where its name says none, the first that is there; train
    /// when not given.</param>
    /// <exception cref="SimperException">A file or row is wrong; the message says where, and what to do.</exception>
    public static PreferenceDataset Open(
        string path,
        Compatibility compatibility = Compatibility.Strict,
        params string[] splits
    ) => Open(path, compatibility, splits, CancellationToken.None);

    /// <summary>The same, which <paramref name="cancel"/> stops between blocks of rows.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceDataset Open(
        string path,
        Compatibility compatibility,
        IReadOnlyList<string> splits,
        CancellationToken cancel
    )
    {
        var refs = new List<RowRef>();
        var sources = new List<RowSource>();
        RowSpool? spool = null;
        var dropped = new List<DroppedRow>();
        var unused = new OrderedDictionary<string, bool>();
        FileLayout? layout = null;
        int rows = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in RowReader.Files(path, splits.Count > 0 ? [.. splits] : ["train"]))
        {
            RowSource? source = null;
            foreach (RowReader.RawRow[] chunk in RowReader.Read(file).Chunk(Chunk))
            {
                cancel.ThrowIfCancellationRequested();
                if (source is null)
                {
                    if (chunk[0].Offset < 0)
                        spool ??= new RowSpool();
                    sources.Add(source = new RowSource(file, chunk[0].Unit, chunk[0].Offset < 0 ? spool : null));
                }
                FileLayout known = layout ??= FileLayout.Of(chunk, file, compatibility);
                (string? Fault, IReadOnlyList<string> Unused)[] found = InOrder.Map(
                    chunk.Length,
                    i => Look(chunk[i], file, known, compatibility)
                );
                for (int i = 0; i < chunk.Length; i++)
                {
                    RowReader.RawRow raw = chunk[i];
                    (string? fault, IReadOnlyList<string> notRead) = found[i];
                    rows++;
                    hash.AppendData(raw.Utf8);
                    hash.AppendData("\n"u8);
                    foreach (string column in notRead)
                        unused.TryAdd(column, true);
                    if (fault is not null)
                        dropped.Add(new DroppedRow(raw.Row, RowReader.Place(file, raw.Row, raw.Unit), fault));
                    else
                        refs.Add(RowRef.Of(sources.Count - 1, source.Keep(raw), raw.Utf8.Length, raw.Row));
                }
            }
        }
        spool?.Finish();
        if (layout is null)
            throw new SimperException($"{path} holds no rows.");
        string fingerprint =
            Convert.ToHexStringLower(hash.GetHashAndReset()) + (compatibility == Compatibility.Strict ? "" : $" {compatibility}");
        return new PreferenceDataset([.. refs], sources, layout, compatibility)
        {
            Path = path,
            Rows = rows,
            Dropped = dropped,
            UnusedColumns = [.. unused.Keys],
            Fingerprint = fingerprint,
        };
    }

    /// <summary>A random split, reproducible by seed: the part to train on, and the part to hold out.</summary>
    /// <param name="heldOut">Below 1 the fraction to hold out, else the number of groups.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="SimperException">One of the parts would be empty.</exception>
    public (PreferenceDataset Train, PreferenceDataset HeldOut) Split(double heldOut, long seed)
    {
        int count = heldOut < 1 ? (int)Math.Round(heldOut * Count) : (int)Math.Min(heldOut, int.MaxValue);
        if (count < 1 || count >= Count)
            throw CannotSplit(heldOut);
        int[] order = DeterministicRandom.For((ulong)seed, "split").Permutation(Count);
        // Dropped rows and unread columns are reported once, with the first part.
        PreferenceDataset Part(IEnumerable<int> indices, string name, bool tells) =>
            new([.. indices.Order().Select(i => _rows[i])], _sources, _layout, _mode)
            {
                Path = Path,
                Rows = Rows,
                Dropped = tells ? Dropped : [],
                UnusedColumns = tells ? UnusedColumns : [],
                Fingerprint = $"{Fingerprint} {name} {heldOut} {seed}",
            };
        return (Part(order[count..], "train", tells: true), Part(order[..count], "held out", tells: false));
    }

    private SimperException CannotSplit(double heldOut)
    {
        string rows = string.Create(CultureInfo.InvariantCulture, $"{Path} has {Count} usable row{(Count == 1 ? "" : "s")}; ");
        string without = "test_split_size: 0, which trains without evaluation";
        if (Count < 2)
            return new SimperException(
                $"{rows}none can be held out, since one at least is to be trained on; give more rows, eval_dataset_name, "
                    + $"or {without}."
            );
        string way = string.Create(
            CultureInfo.InvariantCulture,
            $"give test_split_size: {Math.Max(1, Count / 4)} (a number of rows), more rows, eval_dataset_name, or {without}."
        );
        return new SimperException(
            heldOut < 1
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rows}a share of {heldOut} (test_split_size) of them is "
                        + $"{(heldOut * Count < 1 ? "less than one row" : "all of them")} and cannot be held out; {way}"
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rows}{heldOut} of them cannot be held out (test_split_size), since one at least is to be trained on; {way}"
                )
        );
    }

    public IEnumerator<PreferenceGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static (string? Fault, IReadOnlyList<string> Unused) Look(
        RowReader.RawRow raw,
        string file,
        FileLayout layout,
        Compatibility mode
    )
    {
        string place = RowReader.Place(file, raw.Row, raw.Unit);
        JsonObject json = RowJson.Parse(raw.Utf8, place);
        try
        {
            layout.Expect(json, place, mode);
            var row = new Row(json, raw.Row, place, mode);
            PreferenceGroup group = Made(layout, row, place);
            return (RowFaults.Of(group, mode), [.. row.Unused]);
        }
        catch (InvalidOperationException e)
        {
            throw RowFaults.HalfCharacter(json, place, e);
        }
    }

    private static PreferenceGroup Read(FileLayout layout, JsonObject json, int row, string place, Compatibility mode)
    {
        try
        {
            return Made(layout, new Row(json, row, place, mode), place);
        }
        catch (InvalidOperationException e)
        {
            throw RowFaults.HalfCharacter(json, place, e);
        }
    }

    private static PreferenceGroup Made(FileLayout layout, Row row, string place)
    {
        bool hadNullKeys = NullPadding.Remove(row.Json);
        return layout.Layout.Group(row) with
        {
            TemplateVariables = TemplateArguments.OfRow(row.Json, place),
            HadNullKeys = hadNullKeys,
        };
    }
}

/// <summary>A dropped row.</summary>
/// <param name="Row">Its number, from 1.</param>
/// <param name="Place">File and line.</param>
/// <param name="Reason">Why.</param>
public sealed record DroppedRow(int Row, string Place, string Reason);
