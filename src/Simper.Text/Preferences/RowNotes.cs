namespace Simper.Text.Preferences;

/// <summary>Notes on rows that are kept.</summary>
[Flags]
internal enum RowNotes
{
    None = 0,

    /// <summary>The template omits the row's tools.</summary>
    ToolsUnwritten = 1,

    /// <summary>The template omits tool calls in the prompt.</summary>
    CallsUnwritten = 2,

    /// <summary>The template omits part of an answer.</summary>
    PartUnwritten = 4,

    /// <summary>The template omits an answer, and the mode of another program keeps it.</summary>
    NothingWritten = 8,

    /// <summary>The template inserts an empty thinking block before an answer.</summary>
    EmptyThoughts = 16,

    /// <summary>Keys with null were removed.</summary>
    NullKeys = 32,

    /// <summary>The prompt lost its beginning.</summary>
    PromptCut = 64,

    /// <summary>An answer was cut before the token that ends it.</summary>
    StopLost = 128,

    /// <summary>The notes that apply to dropped rows too.</summary>
    OfPrompt = ToolsUnwritten | CallsUnwritten | NullKeys,
}

/// <summary>The number of each note, and its first rows.</summary>
internal sealed class NoteCounts
{
    private const int Named = 5;

    private static readonly RowNotes[] All = [.. Enum.GetValues<RowNotes>().Where(n => int.IsPow2((int)n))];

    private readonly Dictionary<RowNotes, (int Count, List<int> Rows)> _counts = [];

    public void Add(RowNotes notes, int row)
    {
        foreach (RowNotes note in All.Where(n => notes.HasFlag(n)))
        {
            (int count, List<int> rows) = _counts.GetValueOrDefault(note, (0, []));
            if (count < Named)
                rows.Add(row);
            _counts[note] = (count + 1, rows);
        }
    }

    /// <summary>The notes as text, each once.</summary>
    public IEnumerable<string> Report(Compatibility mode)
    {
        bool isStrict = mode == Compatibility.Strict;
        foreach (RowNotes note in All.Where(_counts.ContainsKey))
        {
            (int count, List<int> rows) = _counts[note];
            string which =
                $"{count:N0} {(count == 1 ? "row" : "rows")} ({string.Join(", ", rows)}{(count > rows.Count ? ", ..." : "")})";
            yield return note switch
            {
                RowNotes.ToolsUnwritten => $"the chat template writes nothing of the tools of {which}",
                RowNotes.CallsUnwritten => $"the chat template writes nothing of tool calls in the prompt of {which}",
                RowNotes.PartUnwritten =>
                    $"the chat template leaves out part of an answer (a tool call, reasoning or text) in {which}; what "
                        + "it leaves out is not learnt",
                RowNotes.NothingWritten =>
                    $"the chat template writes nothing of an answer in {which}; as the compatibility mode has it, the "
                        + "end token alone is learnt",
                RowNotes.EmptyThoughts => $"the chat template puts an empty block of thoughts before answers in {which}; "
                    + (isStrict ? "it is read and not scored" : "as the compatibility mode has it, it is scored"),
                RowNotes.PromptCut => $"the prompt was cut to its end in {which}",
                RowNotes.StopLost => $"an answer lost its end in {which}, and with it the token that ends it: it teaches what to "
                    + "say, and not when to stop",
                _ => "keys of null, with which tables fill rows up, were left out of tools, calls and template arguments "
                    + $"in {which}",
            };
        }
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_counts.Count);
        foreach ((RowNotes note, (int count, List<int> rows)) in _counts)
        {
            writer.Write((int)note);
            writer.Write(count);
            writer.Write(rows.Count);
            rows.ForEach(writer.Write);
        }
    }

    public static NoteCounts Read(BinaryReader reader)
    {
        var notes = new NoteCounts();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            (int note, int count, int rows) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            notes._counts[(RowNotes)note] = (count, [.. Enumerable.Range(0, rows).Select(_ => reader.ReadInt32())]);
        }
        return notes;
    }
}
