using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// One pass over data: blocks of rows are examined on all cores, then seen one by one by the checks of the whole file.
/// </summary>
internal sealed class Examination : IDisposable
{
    /// <summary>Rows examined together: enough for all cores, few enough that their garbage dies young.</summary>
    private const int Chunk = 512;

    private readonly GroupTokenizer _tokenizer;
    private readonly DatasetOptions _reads;
    private readonly RowExaminer _examiner;
    private readonly IFileCheck[] _whole;
    private readonly RowIndex _index = new();
    private readonly List<int> _files = []; // the number of each of its files
    private readonly FoundRows _found;
    private readonly CancellationToken _cancel;
    private RowReading? _reading;
    private long _kept;
    private long _tokens;

    public Examination(GroupTokenizer tokenizer, DoctorOptions options, CancellationToken cancel)
    {
        Compatibility mode = tokenizer.Options.Compatibility;
        (_tokenizer, _cancel) = (tokenizer, cancel);
        _reads = new DatasetOptions { Compatibility = mode, Columns = options.Columns };
        _examiner = new RowExaminer(tokenizer, options.Benchmarks);
        _found = new FoundRows(mode);
        var duplicates = new DuplicateChecks(PlaceAt, GroupAt, cancel);
        LeakCheck? leaks = options.Evaluation is { } data
            ? new LeakCheck(
                PreferenceDataset.Open(data, _reads with { Splits = ["test", "validation", "train"] }, cancel),
                duplicates,
                cancel
            )
            : null;
        _whole =
        [
            new TokenFigures(tokenizer.Model),
            duplicates,
            new BalanceChecks(duplicates),
            new NormalFormCheck(),
            new LengthBias(),
            new GiveawayCheck(),
            new ColumnChecks(),
            .. leaks is null ? [] : (IFileCheck[])[leaks],
        ];
    }

    /// <summary>Examines the rows of a file.</summary>
    /// <param name="file">Which one, from 0.</param>
    /// <param name="path">Its path.</param>
    /// <param name="progress">Receives the number of rows examined so far.</param>
    public void Read(int file, string path, IProgress<long>? progress)
    {
        bool isBegun = false;
        foreach (RowReader.RawRow[] chunk in RowReader.Read(path, _reads.Columns).Chunk(Chunk))
        {
            _cancel.ThrowIfCancellationRequested();
            RowReading reading = _reading ??= new RowReading(FileLayout.Of(chunk, path, _reads), _reads.Compatibility);
            if (!isBegun)
            {
                _index.Begin(path, chunk[0]);
                _files.Add(file);
            }
            isBegun = true;
            ExaminedRow[] rows = InOrder.Map(chunk.Length, i => _examiner.Examine(reading.Read(file, path, chunk[i])));
            for (int i = 0; i < rows.Length; i++)
                Add(rows[i], chunk[i]);
            progress?.Report(_index.Count);
        }
    }

    private void Add(ExaminedRow row, RowReader.RawRow raw)
    {
        foreach ((Check check, string detail) in row.Faults)
            _found.Add(check, new FoundRow(row.File, row.Number, detail));
        if (row.Group is not null)
        {
            foreach (IFileCheck check in _whole)
                check.Add(row, _index.Count);
        }
        _index.Add(raw);
        if (row.Tokens?.Group is not { } group)
            return;
        _kept++;
        _tokens += group.Prompt.Length + group.Answers.Sum(a => (long)a.Ids.Length);
    }

    /// <summary>The report, when all rows were read.</summary>
    /// <param name="path">The path as given.</param>
    /// <param name="files">The files read.</param>
    /// <param name="asked">Rows of the first file that are shown whatever they hold.</param>
    /// <param name="examples">How many rows of each finding are shown.</param>
    /// <exception cref="SimperException">There were no rows, or not one that was asked for.</exception>
    public DoctorReport Report(string path, IReadOnlyList<string> files, IReadOnlyList<int> asked, int examples)
    {
        if (_reading is null)
            throw new SimperException($"{path} holds no rows.");
        _index.Finish();
        if (_tokenizer.Model.Stops.Count == 0)
            _found.Say(TokenChecks.NoKnownStop, TokenChecks.NoKnownStop.What);
        foreach (IFileCheck check in _whole)
            check.End(_found);
        IReadOnlyList<Finding> findings = _found.All();
        HashSet<(int File, int Row)> shown =
        [
            .. asked.Select(r => (0, r)),
            .. findings.SelectMany(f => f.Rows.Take(examples)).Select(r => (r.File, r.Row)),
        ];
        List<RowView> views = Views(shown, _reading);
        if (asked.FirstOrDefault(r => shown.Contains((0, r))) is > 0 and var missing)
            throw new SimperException($"{files[0]} has no row {missing}.");
        return new DoctorReport
        {
            Path = path,
            Files = files,
            Layout = _reading.Layout.Name,
            Tokenization = _tokenizer.Options,
            Rows = _index.Count,
            Kept = _kept,
            Tokens = _tokens,
            Findings = findings,
            Figures = [.. _whole.SelectMany(c => c.Figures())],
            Views = views,
        };
    }

    // The rows are read once more; those that are found are taken out of the set.
    private List<RowView> Views(HashSet<(int File, int Row)> wanted, RowReading reading)
    {
        var views = new List<RowView>();
        var show = new RowViews(_tokenizer.Model);
        for (int i = 0; wanted.Count > 0 && i < _index.Count; i++)
        {
            if (!wanted.Remove(PlaceAt(i)))
                continue;
            (string path, RowReader.RawRow raw) = _index[i];
            views.Add(show.Of(_examiner.Examine(reading.Read(PlaceAt(i).File, path, raw))));
        }
        return views;
    }

    private (int File, int Row) PlaceAt(int index) => (_files[_index.Rows[index].Source], _index.Rows[index].Row);

    private PreferenceGroup GroupAt(int index) => _reading!.Group(_index[index]);

    public void Dispose() => _index.Dispose();
}
