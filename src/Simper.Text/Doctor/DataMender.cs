using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor;

/// <summary>
/// Writes a mended copy of data: JSON lines in UTF-8 with the original columns. What can be mended without a guess is mended
/// (<see cref="Check.IsMended"/>), rows that teach nothing or contradict each other are left out, everything else is written as
/// it is. Beside it stands a list of what was done.
/// </summary>
public sealed class DataMender
{
    private const int Chunk = 512;

    // Rows with one of these are left out whatever else they have.
    private static readonly Check[] Dropping =
    [
        ReadingChecks.NotJson,
        ReadingChecks.Refused,
        AnswerChecks.Empty,
        AnswerChecks.Identical,
    ];

    private readonly GroupTokenizer _tokenizer;
    private readonly RowExaminer _examiner;
    private readonly ColumnMap _columns;

    /// <param name="tokenizer">The model's, with the mode and the lengths of training.</param>
    /// <param name="columns">The data's columns by the names of layouts; the copy keeps their own names.</param>
    public DataMender(GroupTokenizer tokenizer, ColumnMap? columns = null) =>
        (_tokenizer, _examiner, _columns) = (tokenizer, new RowExaminer(tokenizer), columns ?? ColumnMap.None);

    /// <summary>The name of the list of what was done.</summary>
    public static string ChangesOf(string file) => file + ".changes.jsonl";

    /// <summary>Writes the copy and the list of changes; both are there when they are complete, or neither.</summary>
    /// <param name="report">What was found in the data.</param>
    /// <param name="to">The copy's path.</param>
    /// <param name="cancel">Stops between blocks of rows; nothing is written then.</param>
    /// <returns>How many rows were mended, and how many left out.</returns>
    /// <exception cref="SimperException">The path is one of the data's own files, or cannot be written.</exception>
    public (long Mended, long LeftOut) Write(DoctorReport report, string to, CancellationToken cancel = default)
    {
        ExpectOther(report.Files, to);
        try
        {
            using var changes = new AsideFile(ChangesOf(to));
            using var copy = new AsideFile(to);
            (long, long) done = Write(report, copy.Stream, new ChangeLog(changes.Stream, report.Files), cancel);
            changes.Commit();
            copy.Commit();
            return done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{to} cannot be written: {SystemFault.Sentence(e)}.", e);
        }
    }

    private static void ExpectOther(IReadOnlyList<string> files, string to)
    {
        foreach (string target in (string[])[to, ChangesOf(to)])
        {
            string full = Real(target);
            if (files.Any(f => Real(f).Equals(full, StringComparison.OrdinalIgnoreCase)))
                throw new SimperException($"{target} is one of the files that are to be mended; give the copy another name.");
        }
        if (Directory.Exists(to))
            throw new SimperException($"{to} is a folder; name a file for the mended copy.");
    }

    private static string Real(string path) =>
        File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target
            ? target.FullName
            : Path.GetFullPath(path);

    private (long Mended, long LeftOut) Write(DoctorReport report, Stream copy, ChangeLog log, CancellationToken cancel)
    {
        using var rows = new MendedRows();
        bool isMixed = report.Findings.Any(f => f.Check == NormalFormCheck.Mixed && f.Grade == Grade.Warning);
        var mending = new RowMending(new TextMending(isMixed), _tokenizer.Model);
        RowReading? reading = null;
        for (int f = 0; f < report.Files.Count; f++)
        {
            int file = f;
            string path = report.Files[f];
            foreach (RowReader.RawRow[] chunk in RowReader.Read(path, _columns).Chunk(Chunk))
            {
                cancel.ThrowIfCancellationRequested();
                reading ??= new RowReading(
                    FileLayout.Of(chunk, path, new DatasetOptions { Compatibility = Mode, Columns = _columns }),
                    Mode
                );
                foreach (MendedRow row in InOrder.Map(chunk.Length, i => Mended(reading, mending, file, path, chunk[i])))
                    rows.Add(row, log);
            }
        }
        return rows.Write(copy, log);
    }

    private Compatibility Mode => _tokenizer.Options.Compatibility;

    private MendedRow Mended(RowReading reading, RowMending mending, int file, string path, RowReader.RawRow raw)
    {
        ExaminedRow row = _examiner.Examine(reading.Read(file, path, raw));
        var changes = new List<RowChange>();
        byte[] line = Line(raw);
        // A text that was nothing but marks is empty once it is mended, so a row is judged as it will be.
        if (row.Group is not null)
        {
            JsonObject json = RowJson.Parse(raw.Utf8, path);
            mending.Mend(json, row, changes);
            if (changes.Count > 0)
            {
                line = Encoding.UTF8.GetBytes(ReadableRow.OneLine(json));
                row = _examiner.Examine(reading.Read(file, path, raw with { Utf8 = line }));
            }
        }
        Check? drop = row.Faults.Select(f => f.Check).FirstOrDefault(c => Array.IndexOf(Dropping, c) >= 0);
        return new MendedRow(
            file,
            raw.Row,
            line,
            changes,
            drop,
            row.LeftOut is null && row.Group is not null ? row.Facts.Hash : null
        )
        {
            Original = drop is null ? null : raw.Utf8,
        };
    }

    // A row of lines as it stands; items of arrays may be spread over lines.
    private static byte[] Line(RowReader.RawRow raw) =>
        raw.Unit == RowUnit.Line && raw.Offset >= 0 || raw.Utf8.AsSpan().IndexOfAny((byte)'\n', (byte)'\r') < 0
            ? raw.Utf8.AsSpan().Trim(" \t\r\n"u8).ToArray()
            : Encoding.UTF8.GetBytes(ReadableRow.OneLine(JsonNode.Parse(RowJson.Plain(raw.Utf8))!));
}

/// <summary>A row after mending.</summary>
/// <param name="File">Which file, from 0.</param>
/// <param name="Row">Its number, from 1.</param>
/// <param name="Line">The row as a line.</param>
/// <param name="Changes">What was done to it.</param>
/// <param name="Drop">For which fault it is left out; null where it is kept.</param>
/// <param name="Hash">What tells whether others repeat it; null where it is not trained on.</param>
internal sealed record MendedRow(int File, int Row, byte[] Line, List<RowChange> Changes, Check? Drop, GroupHash? Hash)
{
    /// <summary>The bytes of a row that is left out.</summary>
    public byte[]? Original { get; init; }
}
