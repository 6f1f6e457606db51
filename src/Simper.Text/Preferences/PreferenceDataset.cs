using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Preferences.Cache;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Preferences;

/// <summary>
/// The groups of a data file, in order. Rows that cannot teach anything (an empty answer, equal answers) are dropped and counted;
/// a wrong row stops reading with file and line. Rows are read again on demand, from plain JSONL files or a temporary copy of
/// others, so a data set of any length takes a few bytes per row. Immutable, thread safe.
/// </summary>
public sealed class PreferenceDataset : IReadOnlyList<PreferenceGroup>
{
    private const int MostSources = short.MaxValue;

    private readonly RowRef[] _rows;
    private readonly Source[] _sources;

    private PreferenceDataset(RowRef[] refs, Source[] sources) => (_rows, _sources) = (refs, sources);

    // A file; in a mixture with the number of the data set that it is of.
    private readonly record struct Source(RowSource Rows, FileLayout Layout, int Part);

    /// <summary>The path it was read from; of a mixture all, separated by commas.</summary>
    public required string Path { get; init; }

    /// <summary>The layout detected; of a mixture all.</summary>
    public string Layout => string.Join(" and ", _sources.Select(s => s.Layout.Name).Distinct());

    /// <summary>Rows of the file.</summary>
    public required int Rows { get; init; }

    /// <summary>Dropped rows, with reasons.</summary>
    public required IReadOnlyList<DroppedRow> Dropped { get; init; }

    /// <summary>Columns that contain text in some row and are not read, in order of first appearance.</summary>
    public required IReadOnlyList<string> UnusedColumns { get; init; }

    /// <summary>What is odd about its groups as a whole, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>SHA-256 over its rows as stored in the file, and how they are read.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What tells equal prompts, answers and groups.</summary>
    public required GroupHashes Hashes { get; init; }

    /// <summary>Number of groups.</summary>
    public int Count => _rows.Length;

    /// <summary>A group, read again from its file.</summary>
    /// <exception cref="SimperException">The file has changed since it was opened.</exception>
    public PreferenceGroup this[int index]
    {
        get
        {
            RowRef row = _rows[index];
            Source source = _sources[row.Source];
            string place = PlaceOf(index);
            JsonObject json = RowJson.Parse(source.Rows.Read(row.At, row.Length), place);
            return source.Layout.Read(json, row.Row, place, (group, _) => group);
        }
    }

    /// <summary>A group's row, without reading it: in its own file, from 1.</summary>
    public int RowOf(int index) => _rows[index].Row;

    /// <summary>A group's location, for messages: file and line.</summary>
    public string PlaceOf(int index)
    {
        RowRef row = _rows[index];
        RowSource source = _sources[row.Source].Rows;
        return RowReader.Place(source.File, row.Row, source.Unit);
    }

    /// <summary>The same, shorter where there is a single file.</summary>
    internal string NameOf(int index) => _sources.Length == 1 ? $"row {_rows[index].Row}" : PlaceOf(index);

    /// <summary>
    /// Reads data: a file of JSON (lines, an array, one object), Parquet, Arrow or CSV, JSON and CSV also packed; the files that
    /// a pattern matches; a folder, also one of save_to_disk; or a data set in the Hugging Face cache. What a file is, is told by
    /// its bytes.
    /// </summary>
    /// <param name="path">The file, pattern or folder; or <c>org/name</c>, also with a part, a revision and a split:
    /// <c>org/name/config@revision#split</c>. A folder may have <c>#split</c>, too.</param>
    /// <param name="compatibility">Which program is followed for rows without a prompt, and in dropping rows: other programs keep
    /// empty and equal answers.</param>
    /// <param name="splits">The splits of a folder or data set to take where its name says none, the first that is there; train
    /// when not given.</param>
    /// <exception cref="SimperException">A file or row is wrong; the message says where, and what to do.</exception>
    public static PreferenceDataset Open(
        string path,
        Compatibility compatibility = Compatibility.Strict,
        params string[] splits
    ) => Open(path, new DatasetOptions { Compatibility = compatibility, Splits = splits });

    /// <summary>The same, with all options; <paramref name="cancel"/> stops it between blocks of rows.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceDataset Open(string path, DatasetOptions options, CancellationToken cancel = default)
    {
        IReadOnlyList<string> files = DataFiles.Of(path, options.Splits.Count > 0 ? [.. options.Splits] : ["train"]);
        DatasetIndex index = DatasetCache.Read(files, options, cancel) ?? throw new SimperException($"{path} holds no rows.");
        return new PreferenceDataset(index.Rows, [.. index.Sources.Select(s => new Source(s, index.Layout, 0))])
        {
            Path = path,
            Rows = index.Count,
            Dropped = index.Dropped,
            Hashes = index.Hashes,
            UnusedColumns = index.UnusedColumns,
            Notes = DataFiles.Note(path) is { } note ? [note] : [],
            Fingerprint = index.Fingerprint,
        };
    }

    /// <summary>
    /// A random split, reproducible by seed: the part to train on, and the part to hold out. All groups of a prompt come into the
    /// same part, so that nothing that is held out was trained on.
    /// </summary>
    /// <param name="heldOut">Below 1 the fraction to hold out, else the number of groups; as near to it as prompts allow.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="SimperException">One of the parts would be empty.</exception>
    public (PreferenceDataset Train, PreferenceDataset HeldOut) Split(double heldOut, long seed)
    {
        var split = PromptSplit.Of(this, heldOut, seed);
        string how = $"{heldOut} {seed}{(split.RepeatsPrompts ? " by prompt" : "")}";
        // What is said of all groups is said once, with the first part.
        return (
            Chosen(split.Train, $"train {how}"),
            With([.. split.HeldOut.Select(i => _rows[i])], Hashes.Select(split.HeldOut), $" held out {how}", [], [], [])
        );
    }

    /// <summary>The same with some groups dropped.</summary>
    /// <param name="reasons">Their indices, and why.</param>
    internal PreferenceDataset Without(SortedDictionary<int, string> reasons)
    {
        if (reasons.Count == 0)
            return this;
        byte[] which = SHA256.HashData(MemoryMarshal.AsBytes<int>(reasons.Keys.ToArray()));
        int[] left = [.. Enumerable.Range(0, Count).Where(i => !reasons.ContainsKey(i))];
        DroppedRow[] dropped = [.. reasons.Select(r => new DroppedRow(_rows[r.Key].Row, PlaceOf(r.Key), r.Value))];
        return With(
            [.. left.Select(i => _rows[i])],
            Hashes.Select(left),
            $" without {Convert.ToHexStringLower(which.AsSpan(..8))}",
            [.. Dropped, .. dropped],
            UnusedColumns,
            Notes
        );
    }

    /// <summary>Some groups, in the order given; one may be given several times.</summary>
    /// <param name="groups">Their indices.</param>
    /// <param name="which">Which they are, and follow from: a part of the fingerprint.</param>
    internal PreferenceDataset Chosen(int[] groups, string which) =>
        With([.. groups.Select(i => _rows[i])], Hashes.Select(groups), $" {which}", Dropped, UnusedColumns, Notes);

    /// <summary>The same with other notes behind its own.</summary>
    internal PreferenceDataset Noted(params IReadOnlyList<string> notes) =>
        With(_rows, Hashes, "", Dropped, UnusedColumns, [.. Notes, .. notes]);

    /// <summary>The first groups; all where <paramref name="count"/> is null or there are no more.</summary>
    public PreferenceDataset First(int? count) =>
        count is { } most && most < Count ? Chosen([.. Enumerable.Range(0, most)], $"first {most}") : this;

    /// <summary>Several data sets, one behind the other.</summary>
    /// <exception cref="SimperException">They have too many files.</exception>
    internal static PreferenceDataset Concat(IReadOnlyList<PreferenceDataset> parts)
    {
        var rows = new List<RowRef>();
        var sources = new List<Source>();
        for (int part = 0; part < parts.Count; part++)
        {
            rows.AddRange(parts[part]._rows.Select(r => r.After(sources.Count)));
            sources.AddRange(parts[part]._sources.Select(s => s with { Part = part }));
        }
        if (sources.Count > MostSources)
            throw new SimperException($"The mixture has {sources.Count} files; at most {MostSources} are read.");
        string fingerprints = string.Join('\n', parts.Select(p => p.Fingerprint));
        return new PreferenceDataset([.. rows], [.. sources])
        {
            Path = string.Join(", ", parts.Select(p => p.Path)),
            Rows = parts.Sum(p => p.Rows),
            Dropped = [.. parts.SelectMany(p => p.Dropped)],
            Hashes = GroupHashes.Concat(parts.Select(p => p.Hashes)),
            UnusedColumns = [.. parts.SelectMany(p => p.UnusedColumns).Distinct()],
            Notes = [.. parts.SelectMany(p => p.Notes)],
            Fingerprint = "mixture " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fingerprints))),
        };
    }

    /// <summary>The indices of each data set's groups in a mixture.</summary>
    internal int[][] GroupsOfParts()
    {
        List<int>[] groups = [.. Enumerable.Range(0, _sources.Max(s => s.Part) + 1).Select(_ => new List<int>())];
        for (int i = 0; i < _rows.Length; i++)
            groups[_sources[_rows[i].Source].Part].Add(i);
        return [.. groups.Select(g => g.ToArray())];
    }

    private PreferenceDataset With(
        RowRef[] rows,
        GroupHashes hashes,
        string which,
        IReadOnlyList<DroppedRow> dropped,
        IReadOnlyList<string> unused,
        IReadOnlyList<string> notes
    ) =>
        new(rows, _sources)
        {
            Path = Path,
            Rows = Rows,
            Dropped = dropped,
            Hashes = hashes,
            UnusedColumns = unused,
            Notes = notes,
            Fingerprint = Fingerprint + which,
        };

    public IEnumerator<PreferenceGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
