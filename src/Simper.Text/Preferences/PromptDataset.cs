using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// The prompts of a data file in any layout that is read: pairs, ranked and single answers, whose answers are passed over, and
/// rows of prompts alone. Rows are read again on demand. Immutable, thread safe.
/// </summary>
public sealed class PromptDataset
{
    private readonly IReadOnlyList<RowSource> _sources;
    private readonly IReadOnlyList<RowRef> _rows;

    private PromptDataset(IReadOnlyList<RowSource> sources, IReadOnlyList<RowRef> rows) => (_sources, _rows) = (sources, rows);

    private readonly record struct RowRef(long Place, int Length, int Row)
    {
        public static RowRef Of(int source, long at, int length, int row) => new(((long)source << 48) | at, length, row);

        public int Source => (int)(Place >> 48);

        public long At => Place & ((1L << 48) - 1);
    }

    /// <summary>The path it was read from.</summary>
    public required string Path { get; init; }

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
            RowRef row = _rows[index];
            RowSource source = _sources[row.Source];
            string place = RowReader.Place(source.File, row.Row, source.Unit);
            return Read(source.Read(row.At, row.Length), row.Row, place) is { } prompt
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
    /// <param name="limit">At most so many prompts; null for all.</param>
    /// <param name="check">Called with each prompt, so that a row that cannot be used is refused before anything is
    /// computed.</param>
    /// <param name="cancel">Stops between rows.</param>
    /// <exception cref="SimperException">A file or row is wrong, or there is no prompt; the message says where, and what to
    /// do.</exception>
    public static PromptDataset Open(
        string path,
        int? limit = null,
        Action<DataPrompt>? check = null,
        CancellationToken cancel = default
    )
    {
        var sources = new List<RowSource>();
        var refs = new List<RowRef>();
        RowSpool? spool = null;
        var dropped = new List<DroppedRow>();
        int rows = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in RowReader.Files(path, "train"))
        {
            RowSource? source = null;
            foreach (RowReader.RawRow raw in RowReader.Read(file))
            {
                cancel.ThrowIfCancellationRequested();
                if (refs.Count == limit)
                    break;
                if (source is null)
                {
                    if (raw.Offset < 0)
                        spool ??= new RowSpool();
                    sources.Add(source = new RowSource(file, raw.Unit, raw.Offset < 0 ? spool : null));
                }
                rows++;
                hash.AppendData(raw.Utf8);
                hash.AppendData("\n"u8);
                string place = RowReader.Place(file, raw.Row, raw.Unit);
                if (Read(raw.Utf8, raw.Row, place) is not { } prompt)
                {
                    dropped.Add(new DroppedRow(raw.Row, place, "it has no prompt"));
                    continue;
                }
                check?.Invoke(prompt);
                refs.Add(RowRef.Of(sources.Count - 1, source.Keep(raw), raw.Utf8.Length, raw.Row));
            }
        }
        spool?.Finish();
        if (refs.Count == 0)
            throw new SimperException(
                rows == 0 ? $"{path} holds no rows." : $"{path} holds no prompt: none of its {rows:N0} rows has one."
            );
        return new PromptDataset(sources, refs)
        {
            Path = path,
            Rows = rows,
            Dropped = dropped,
            Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset()),
        };
    }

    private static DataPrompt? Read(byte[] utf8, int row, string place)
    {
        JsonObject json = RowJson.Parse(utf8, place);
        try
        {
            NullPadding.Remove(json);
            RowLayout? layout = EndsInQuestion(json) ? null : RowLayouts.All.FirstOrDefault(l => l.Fits(json));
            (IReadOnlyList<ChatMessage> messages, JsonArray? tools) = layout is null
                ? OfPrompt(PromptRow.Read(json, place))
                : OfGroup(layout.Group(new Row(json, row, place, new DatasetOptions())));
            return messages.All(m => MessageRoles.IsSystem(m.Role) || !Conversations.Says(m))
                ? null
                : new DataPrompt(0, messages, json)
                {
                    Tools = tools,
                    TemplateVariables = TemplateArguments.OfRow(json, place),
                    Row = row,
                    Place = place,
                };
        }
        catch (InvalidOperationException e)
        {
            throw RowFaults.HalfCharacter(json, place, e);
        }
    }

    private static (IReadOnlyList<ChatMessage>, JsonArray?) OfPrompt(PromptRow row) => (row.Messages, row.Tools);

    private static (IReadOnlyList<ChatMessage>, JsonArray?) OfGroup(PreferenceGroup group) => (group.Prompt, group.Tools);

    // A conversation that the assistant has not answered yet is a prompt as it stands; else its last answer is passed over.
    private static bool EndsInQuestion(JsonObject row) =>
        (row["messages"] ?? row["conversations"]) is JsonArray { Count: > 0 } turns
        && turns[^1] is JsonObject last
        && (last["role"] ?? last["from"]) is JsonValue role
        && role.TryGetValue(out string? name)
        && MessageRoles.Known(name) is "user" or "tool"
        && !row.Any(c =>
            c.Key.StartsWith("chosen", StringComparison.Ordinal) || c.Key.StartsWith("rejected", StringComparison.Ordinal)
        );
}
