using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// Finds silent errors in preference data: reads a file row by row, as training would, and says what is wrong, in which rows, why
/// it matters and what to do. Memory grows by some 150 bytes a row (its place, its hashes, its signature); the result does not
/// depend on the number of cores.
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
        _checks =
        [
            new AnswerChecks(),
            new LabelChecks(),
            new RoleChecks(),
            new TokenChecks(tokenizer.Model),
            new JoinCheck(tokenizer.Model),
            new TemplateChecks(Mode),
            new ToolChecks(),
            new ReasoningChecks(),
            new MarkerChecks(tokenizer.Model.Tokenizer),
            new CharacterChecks(),
            new MarkupChecks(),
            new ScriptChecks(),
            new RepetitionChecks(tokenizer.Model.Tokenizer),
            new EndChecks(),
            .. _options.Benchmarks is { Count: > 0 } benchmarks ? [new ContaminationCheck(benchmarks)] : (IRowCheck[])[],
        ];
    }

    private DatasetOptions Reads => new() { Compatibility = Mode, Columns = _options.Columns };

    private Compatibility Mode => _tokenizer.Options.Compatibility;

    /// <summary>Examines a file, a folder of files, or a data set of the hub's cache.</summary>
    /// <param name="path">As it is given to training.</param>
    /// <param name="progress">Receives the number of rows examined.</param>
    /// <param name="cancel">Stops between blocks of rows.</param>
    /// <exception cref="SimperException">There is no such file, or it is not data at all. A wrong row is a finding.</exception>
    public DoctorReport Examine(string path, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        using var index = new RowIndex();
        var found = new FoundRows(Mode);
        RowReading? reading = null;
        PreferenceGroup GroupAt(int i) => reading!.Group(index[i]);
        var duplicates = new DuplicateChecks(GroupAt, cancel);
        LeakCheck? leaks = _options.Evaluation is { } data
            ? new LeakCheck(
                PreferenceDataset.Open(data, Reads with { Splits = ["test", "validation", "train"] }, cancel),
                GroupAt,
                cancel
            )
            : null;
        IFileCheck[] whole =
        [
            new TokenFigures(_tokenizer.Model),
            duplicates,
            new BalanceChecks(duplicates),
            new NormalFormCheck(),
            new LengthBias(),
            new GiveawayCheck(),
            new ColumnChecks(),
            .. leaks is null ? [] : (IFileCheck[])[leaks],
        ];
        if (_tokenizer.Model.Stops.Count == 0)
            found.Say(TokenChecks.NoKnownStop, TokenChecks.NoKnownStop.What);
        IReadOnlyList<string> files = RowReader.Files(path, "train");
        (long kept, long tokens) = (0, 0);
        for (int f = 0; f < files.Count; f++)
        {
            int file = f;
            bool isBegun = false;
            foreach (RowReader.RawRow[] chunk in RowReader.Read(files[f], _options.Columns).Chunk(Chunk))
            {
                cancel.ThrowIfCancellationRequested();
                reading ??= new RowReading(FileLayout.Of(chunk, files[f], Reads), Mode);
                if (!isBegun)
                    index.Begin(file, files[f], chunk[0]);
                isBegun = true;
                ExaminedRow[] rows = InOrder.Map(chunk.Length, i => Examine(reading.Read(file, files[file], chunk[i])));
                for (int i = 0; i < rows.Length; i++)
                {
                    foreach ((Check check, string detail) in rows[i].Faults)
                        found.Add(check, new FoundRow(file, rows[i].Number, detail));
                    foreach (IFileCheck check in rows[i].Group is null ? [] : whole)
                        check.Add(rows[i], index.Count);
                    index.Add(chunk[i]);
                    if (rows[i].Tokens?.Group is not { } group)
                        continue;
                    kept++;
                    tokens += group.Prompt.Length + group.Answers.Sum(a => (long)a.Ids.Length);
                }
                progress?.Report(index.Count);
            }
        }
        if (reading is null)
            throw new SimperException($"{path} holds no rows.");
        index.Finish();
        foreach (IFileCheck check in whole)
            check.End(found);
        IReadOnlyList<Finding> findings = found.All();
        return new DoctorReport
        {
            Path = path,
            Files = files,
            Layout = reading.Layout.Name,
            Tokenization = _tokenizer.Options,
            Rows = index.Count,
            Kept = kept,
            Tokens = tokens,
            Findings = findings,
            Figures = [.. whole.SelectMany(c => c.Figures())],
            Views = Views(findings, files, index, reading),
        };
    }

    // The rows asked for and the first ones of each finding are read once more.
    private List<RowView> Views(IReadOnlyList<Finding> findings, IReadOnlyList<string> files, RowIndex index, RowReading reading)
    {
        HashSet<(int File, int Row)> wanted =
        [
            .. _options.Rows.Select(r => (0, r)),
            .. findings.SelectMany(f => f.Rows.Take(_options.Examples)).Select(r => (r.File, r.Row)),
        ];
        var views = new List<RowView>();
        var show = new RowViews(_tokenizer.Model);
        for (int i = 0; wanted.Count > 0 && i < index.Count; i++)
        {
            if (wanted.Remove(index.PlaceOf(i)))
            {
                (string path, RowReader.RawRow raw) = index[i];
                views.Add(show.Of(Examine(reading.Read(index.PlaceOf(i).File, path, raw))));
            }
        }
        if (_options.Rows.FirstOrDefault(r => wanted.Contains((0, r))) is > 0 and var missing)
            throw new SimperException($"{files[0]} has no row {missing}.");
        return views;
    }

    /// <summary>A row with its tokens and its faults.</summary>
    internal ExaminedRow Examine(ExaminedRow row)
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
        ReadingChecks.LookAtLeftOut(row);
        return row;
    }
}
