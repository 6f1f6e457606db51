using System.Security.Cryptography;

namespace Simper.Text.Preferences;

/// <summary>
/// The prompts of a data file in any layout that is read: pairs, ranked and single answers, whose answers are passed over, and
/// rows of prompts alone. Rows are read again on demand. Immutable, thread safe.
/// </summary>
public sealed class PromptDataset
{
    /// <summary>Rows from which it is learnt how a file's are to be read.</summary>
    private const int Sample = 200;

    private readonly RowIndex _rows;
    private readonly IReadOnlyList<PromptReader> _readers; // one for each file

    private PromptDataset(RowIndex rows, IReadOnlyList<PromptReader> readers) => (_rows, _readers) = (rows, readers);

    /// <summary>The path it was read from.</summary>
    public required string Path { get; init; }

    /// <summary>How columns are named, where not as in the file.</summary>
    public required ColumnMap Columns { get; init; }

    /// <summary>Rows that were read.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows without a prompt, which are left out.</summary>
    public required IReadOnlyList<DroppedRow> Dropped { get; init; }

    /// <summary>SHA-256 over the rows as stored in the file.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Number of prompts.</summary>
    public int Count => _rows.Count;

    /// <summary>A prompt, read again from its file.</summary>
    /// <exception cref="SimperException">The file has changed since it was opened.</exception>
    public DataPrompt this[int index]
    {
        get
        {
            (string file, RowReader.RawRow row) = _rows[index];
            string place = RowReader.Place(file, row.Row, row.Unit);
            PromptReader reader = _readers[_rows.Rows[index].Source];
            return reader.Read(RowJson.Parse(row.Utf8, place), row.Row, place) is { } prompt
                ? prompt with
                {
                    Index = index,
                }
                : throw new SimperException($"{place}: the row has changed while it was in use.");
        }
    }

    /// <summary>Reads the prompts of a data file, as <see cref="PreferenceDataset.Open(string, Compatibility, string[])"/> finds
    /// it.</summary>
    /// <param name="path">The file or folder, or a data set of the hub by its name.</param>
    /// <param name="options">How rows are read; null for as they are.</param>
    /// <param name="limit">At most so many prompts; null for all.</param>
    /// <param name="check">Called with each prompt, so that a row that cannot be used is refused before anything is
    /// computed.</param>
    /// <param name="cancel">Stops between rows.</param>
    /// <exception cref="SimperException">A file or row is wrong, or there is no prompt; the message says where, and what to
    /// do.</exception>
    public static PromptDataset Open(
        string path,
        DatasetOptions? options = null,
        int? limit = null,
        Action<DataPrompt>? check = null,
        CancellationToken cancel = default
    )
    {
        options ??= new DatasetOptions();
        var index = new RowIndex();
        var readers = new List<PromptReader>();
        var dropped = new List<DroppedRow>();
        int rows = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in DataFiles.Of(path, options.Splits.Count > 0 ? [.. options.Splits] : ["train"]))
        {
            PromptReader? reader = null;
            foreach (RowReader.RawRow[] chunk in RowReader.Read(file, options.Columns).Chunk(Sample))
            {
                if (index.Count == limit)
                    break;
                if (reader is null)
                {
                    index.Begin(file, chunk[0]);
                    readers.Add(reader = PromptReader.Of(chunk, file, options));
                }
                foreach (RowReader.RawRow raw in chunk.TakeWhile(_ => index.Count != limit))
                {
                    cancel.ThrowIfCancellationRequested();
                    rows++;
                    hash.AppendData(raw.Utf8);
                    hash.AppendData("\n"u8);
                    string place = RowReader.Place(file, raw.Row, raw.Unit);
                    if (reader.Read(RowJson.Parse(raw.Utf8, place), raw.Row, place) is { } prompt)
                    {
                        check?.Invoke(prompt);
                        index.Add(raw);
                    }
                    else
                        dropped.Add(new DroppedRow(raw.Row, place, "it has no prompt"));
                }
            }
        }
        index.Finish();
        if (index.Count == 0)
            throw new SimperException(
                rows == 0 ? $"{path} holds no rows." : $"{path} holds no prompt: none of its {rows:N0} rows has one."
            );
        return new PromptDataset(index, readers)
        {
            Path = path,
            Columns = options.Columns,
            Rows = rows,
            Dropped = dropped,
            Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset()),
        };
    }
}
