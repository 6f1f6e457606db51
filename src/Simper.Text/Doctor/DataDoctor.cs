using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// Finds silent errors in preference data: reads a file row by row, as training would, and says what is wrong, in which rows, why
/// it matters and what to do. One pass over the rows; memory does not grow with them but for a few bytes each. The result does
/// not depend on the number of cores.
/// </summary>
public sealed class DataDoctor
{
    /// <summary>Rows examined together: enough for all cores, few enough that their garbage dies young.</summary>
    private const int Chunk = 512;

    private readonly GroupTokenizer _tokenizer;
    private readonly DoctorOptions _options;
    private readonly IRowCheck[] _checks;

    /// <param name="tokenizer">The model's, with the mode and the lengths of training.</param>
    /// <param name="options">What else to look at.</param>
    public DataDoctor(GroupTokenizer tokenizer, DoctorOptions? options = null)
    {
        (_tokenizer, _options) = (tokenizer, options ?? new DoctorOptions());
        Compatibility mode = tokenizer.Options.Compatibility;
        _checks =
        [
            new AnswerChecks(),
            new RoleChecks(),
            new TokenChecks(tokenizer.Model),
            new TemplateChecks(mode),
            new MarkerChecks(tokenizer.Model.Tokenizer),
            new CharacterChecks(),
            new MarkupChecks(),
            new ScriptChecks(),
        ];
    }

    /// <summary>Examines a file, a folder of files, or a data set of the hub's cache.</summary>
    /// <param name="path">As it is given to training.</param>
    /// <param name="cancel">Stops between blocks of rows.</param>
    /// <exception cref="SimperException">There is no such file, or it is not data at all. A wrong row is a finding.</exception>
    public DoctorReport Examine(string path, CancellationToken cancel = default)
    {
        Compatibility mode = _tokenizer.Options.Compatibility;
        var reads = new DatasetOptions { Compatibility = mode, Columns = _options.Columns };
        var found = new FoundRows(mode);
        IFileCheck[] whole = [];
        IReadOnlyList<string> files = RowReader.Files(path, "train");
        FileLayout? layout = null;
        (long rows, long kept, long tokens) = (0, 0, 0);
        for (int f = 0; f < files.Count; f++)
        {
            int file = f;
            foreach (RowReader.RawRow[] chunk in RowReader.Read(files[f], _options.Columns).Chunk(Chunk))
            {
                cancel.ThrowIfCancellationRequested();
                var reading = new RowReading(layout ??= FileLayout.Of(chunk, files[f], reads), mode);
                foreach (ExaminedRow row in InOrder.Map(chunk.Length, i => Examine(reading.Read(file, files[file], chunk[i]))))
                {
                    foreach ((Check check, string detail) in row.Faults)
                        found.Add(check, new FoundRow(row.File, row.Number, detail));
                    foreach (IFileCheck check in whole)
                        check.Add(row);
                    rows++;
                    kept += row.Tokens?.Group is null ? 0 : 1;
                    tokens += row.Tokens?.Group is { } group
                        ? group.Prompt.Length + group.Answers.Sum(a => (long)a.Ids.Length)
                        : 0;
                }
            }
        }
        if (rows == 0)
            throw new SimperException($"{path} holds no rows.");
        Finding[] ofFile = [.. whole.SelectMany(c => c.End())];
        return new DoctorReport
        {
            Path = path,
            Files = files,
            Layout = layout!.Name,
            Tokenization = _tokenizer.Options,
            Rows = rows,
            Kept = kept,
            Tokens = tokens,
            Findings = [.. found.All().Concat(ofFile).OrderByDescending(x => x.Grade)],
            Figures = [.. whole.SelectMany(c => c.Figures())],
        };
    }

    private ExaminedRow Examine(ExaminedRow row)
    {
        if (row.Group is null)
            return row;
        if (row.LeftOut is null)
        {
            try
            {
                row.Tokens = _tokenizer.Tokenize(row.Group);
            }
            catch (SimperException e)
            {
                TemplateChecks.Refuse(row, e);
            }
        }
        row.Facts = RowFacts.Of(row);
        foreach (IRowCheck check in _checks)
            check.Look(row);
        return row;
    }
}
