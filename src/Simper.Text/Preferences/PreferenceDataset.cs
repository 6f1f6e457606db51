using System.Collections;
using System.Security.Cryptography;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// The groups of a data file, in its order. Rows that cannot teach anything (an empty answer, equal answers) are left out and
/// counted; rows that are wrong stop the reading with file and line. Rows of plain JSONL files are read again when they are asked
/// for, so a file of any length takes a few bytes a row. Immutable, thread safe.
/// </summary>
public sealed class PreferenceDataset : IReadOnlyList<PreferenceGroup>
{
    /// <summary>Rows that are looked at together: enough for all cores, little enough to hold.</summary>
    private const int Chunk = 256;

    private readonly RowRef[] _rows;
    private readonly IReadOnlyList<RowSource> _sources;
    private readonly RowLayout _layout;

    private PreferenceDataset(RowRef[] refs, IReadOnlyList<RowSource> sources, RowLayout layout, string path, int rows, IReadOnlyList<DroppedRow> dropped, string fingerprint) =>
        (_rows, _sources, _layout, Path, Rows, Dropped, Fingerprint) = (refs, sources, layout, path, rows, dropped, fingerprint);

    // 16 bytes a row: where it stands (the number of its source above 48 bits), its length, its number.
    private readonly record struct RowRef(long Place, int Length, int Row)
    {
        public static RowRef Of(int source, long at, int length, int row) => new(((long)source << 48) | at, length, row);

        public int Source => (int)(Place >> 48);

        public long At => Place & ((1L << 48) - 1);
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>The layout that was found.</summary>
    public string Layout => _layout.Name;

    /// <summary>Rows of the file.</summary>
    public int Rows { get; }

    /// <summary>Rows that were left out, and why.</summary>
    public IReadOnlyList<DroppedRow> Dropped { get; }

    /// <summary>SHA-256 over the rows that are in it, as they stand in the file, and how they are read.</summary>
    public string Fingerprint { get; }

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
            string place = RowReader.Place(source.File, row.Row, source.IsArray);
            return Read(_layout, RowReader.Parse(source.Read(row.At, row.Length), place), row.Row, place);
        }
    }

    /// <summary>Reads a .jsonl or .json file (lines or an array; also .gz), or all such files of a folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="compatibility">Whose way is followed where a row has no prompt, and in leaving rows out: other programs keep empty and
    /// equal answers.</param>
    /// <exception cref="SimperException">A file or row is wrong: where, and what to do.</exception>
    public static PreferenceDataset Open(string path, Compatibility compatibility = Compatibility.Strict)
    {
        var refs = new List<RowRef>();
        var sources = new List<RowSource>();
        var dropped = new List<DroppedRow>();
        RowLayout? layout = null;
        string? first = null;
        int rows = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in RowReader.Files(path))
        {
            RowSource? source = null;
            foreach (RowReader.RawRow[] chunk in RowReader.Read(file).Chunk(Chunk))
            {
                if (source is null)
                    sources.Add(source = new RowSource(file, chunk[0].IsItem));
                (RowLayout Layout, string? Fault)[] found = InOrder.Map(chunk.Length, i => Look(chunk[i], file, compatibility));
                for (int i = 0; i < chunk.Length; i++)
                {
                    RowReader.RawRow raw = chunk[i];
                    (RowLayout own, string? fault) = found[i];
                    rows++;
                    hash.AppendData(raw.Utf8);
                    hash.AppendData("\n"u8);
                    layout ??= own;
                    first ??= RowReader.Place(file, raw.Row, raw.IsItem);
                    if (own != layout)
                        throw new SimperException($"{RowReader.Place(file, raw.Row, raw.IsItem)}: this row is of the layout {own.Name}, but {first} is of {layout.Name}; one file has one layout.");
                    if (fault is not null)
                        dropped.Add(new DroppedRow(raw.Row, RowReader.Place(file, raw.Row, raw.IsItem), fault));
                    else
                        refs.Add(RowRef.Of(sources.Count - 1, raw.Offset >= 0 ? raw.Offset : source.Keep(raw.Utf8), raw.Utf8.Length, raw.Row));
                }
            }
        }
        if (layout is null)
            throw new SimperException($"{path} holds no rows.");
        string fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset()) + (compatibility == Compatibility.Strict ? "" : $" {compatibility}");
        return new PreferenceDataset([.. refs], sources, layout, path, rows, dropped, fingerprint);
    }

    /// <summary>Two parts by chance, the same for the same seed: what to train on, and what to hold out.</summary>
    /// <param name="heldOut">Below 1 the share to hold out, else the number of groups.</param>
    /// <param name="seed">Another seed, another split.</param>
    /// <exception cref="SimperException">One of the parts would be empty.</exception>
    public (PreferenceDataset Train, PreferenceDataset HeldOut) Split(double heldOut, long seed)
    {
        int count = heldOut < 1 ? (int)Math.Round(heldOut * Count) : (int)Math.Min(heldOut, int.MaxValue);
        if (count < 1 || count >= Count)
            throw CannotSplit(heldOut);
        int[] order = DeterministicRandom.For((ulong)seed, "split").Permutation(Count);
        // Rows that were left out are told once, with the first part.
        PreferenceDataset Part(IEnumerable<int> indices, string name, IReadOnlyList<DroppedRow> dropped) =>
            new([.. indices.Order().Select(i => _rows[i])], _sources, _layout, Path, Rows, dropped, $"{Fingerprint} {name} {heldOut} {seed}");
        return (Part(order[count..], "train", Dropped), Part(order[..count], "held out", []));
    }

    private SimperException CannotSplit(double heldOut)
    {
        string rows = FormattableString.Invariant($"{Path} has {Count} usable row{(Count == 1 ? "" : "s")}; ");
        string without = "test_split_size: 0, which trains without evaluation";
        if (Count < 2)
            return new SimperException($"{rows}none can be held out, since one at least is to be trained on; give more rows, eval_dataset_name, or {without}.");
        string way = FormattableString.Invariant($"give test_split_size: {Math.Max(1, Count / 4)} (a number of rows), more rows, eval_dataset_name, or {without}.");
        return new SimperException(heldOut < 1
            ? FormattableString.Invariant($"{rows}a share of {heldOut} (test_split_size) of them is {(heldOut * Count < 1 ? "less than one row" : "all of them")} and cannot be held out; {way}")
            : FormattableString.Invariant($"{rows}{heldOut} of them cannot be held out (test_split_size), since one at least is to be trained on; {way}"));
    }

    public IEnumerator<PreferenceGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static (RowLayout Layout, string? Fault) Look(RowReader.RawRow raw, string file, Compatibility compatibility)
    {
        string place = RowReader.Place(file, raw.Row, raw.IsItem);
        System.Text.Json.Nodes.JsonObject json = RowReader.Parse(raw.Utf8, place);
        RowLayout layout = RowLayout.Of(json, place, compatibility);
        PreferenceGroup group = Read(layout, json, raw.Row, place);
        return (layout, Unranked(group) ?? (compatibility == Compatibility.Strict ? Fault(group) : null));
    }

    private static PreferenceGroup Read(RowLayout layout, System.Text.Json.Nodes.JsonObject json, int row, string place)
    {
        try
        {
            bool hadNullKeys = NullPadding.Remove(json);
            return layout.Read(new Row(json, row, place)) with { TemplateVariables = TemplateArguments.OfRow(json, place), HadNullKeys = hadNullKeys };
        }
        catch (InvalidOperationException e) // a text with half a surrogate pair
        {
            throw new SimperException($"{place}: a text is not valid Unicode.", e);
        }
    }

    // Ranked answers among which none is better than another.
    private static string? Unranked(PreferenceGroup group) => group.Weights is not { } weights || weights.Any(w => w != 0) ? null
        : weights.Count < 2 ? "it has fewer than two answers to rank" : "its answers are all ranked alike";

    private static string? Fault(PreferenceGroup group)
    {
        foreach (IReadOnlyList<ChatMessage> answer in group.Answers)
        {
            ChatMessage? spoken = answer.LastOrDefault(m => m.Role == "assistant");
            if (spoken is null)
                return "an answer has no assistant message";
            if (string.IsNullOrWhiteSpace(spoken.Content) && spoken.Extra is null)
                return "an answer is empty";
        }
        if (group.Answers.Count > 1 && group.Answers.All(a => a.SequenceEqual(group.Answers[0])))
            return "the answers are equal";
        return null;
    }
}

/// <summary>A row that was left out.</summary>
/// <param name="Row">Its number, from 1.</param>
/// <param name="Place">File and line.</param>
/// <param name="Reason">Why.</param>
public sealed record DroppedRow(int Row, string Place, string Reason);
