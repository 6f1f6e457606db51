using Parquet;
using Parquet.Schema;
using Simper.Objectives;

namespace Simper.Ledgers;

/// <summary>
/// A file of a ledger: Parquet, compressed with Zstandard, one row for each pair and moment (<see cref="LedgerColumns"/>). Rows
/// are written and read in blocks, so memory does not depend on their number. Not thread safe.
/// </summary>
internal sealed class LedgerFile : IDisposable
{
    private const string FormatKey = "simper.ledger";
    private const string Format = "1";
    private const string MeansKey = "simper.reports_mean_log_probs";
    private const int Block = 1 << 15; // rows of a row group; about 10 MB in memory

    private static readonly HashSet<string> FixedNames = [.. LedgerColumns.Fixed.Select(c => c.Name)];

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ParquetReader _reader;
    private readonly IReadOnlyList<(LedgerColumn Column, DataField Field)> _columns;

    private LedgerFile(string path, FileStream stream, ParquetReader reader)
    {
        (_path, _stream, _reader) = (path, stream, reader);
        if (!reader.CustomMetadata.TryGetValue(FormatKey, out string? format))
            throw new FormatException("it is Parquet, but no ledger's");
        if (format != Format)
            throw new FormatException($"it is of another version of the program (format {format})");
        Dictionary<string, DataField> fields = reader.Schema.GetDataFields().ToDictionary(f => f.Name);
        _columns =
        [
            .. LedgerColumns
                .With(fields.Keys.Where(n => !FixedNames.Contains(n)))
                .Select(c => (c, fields.GetValueOrDefault(c.Name) ?? throw new FormatException($"it has no column {c.Name}"))),
        ];
    }

    /// <summary>Whether the run logs log-probs as means per token.</summary>
    public bool ReportsMeanLogProbs => _reader.CustomMetadata.GetValueOrDefault(MeansKey) == "true";

    /// <summary>Writes one: under another name first, so that it is whole or not there.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="rows">In the order of the file; read once.</param>
    /// <param name="figures">The names of the figures that they have besides.</param>
    /// <param name="reportsMeanLogProbs">Whether the run logs log-probs as means per token.</param>
    /// <exception cref="IOException">It could not be written; nothing is left of it.</exception>
    public static void Write(string path, IEnumerable<LedgerRow> rows, IEnumerable<string> figures, bool reportsMeanLogProbs)
    {
        using var file = new AsideFile(path);
        WriteTo(file.Stream, rows, LedgerColumns.With(figures), reportsMeanLogProbs).GetAwaiter().GetResult(); // never waits
        file.Commit();
    }

    /// <summary>Opens one.</summary>
    /// <exception cref="SimperException">It is no file of a ledger, or damaged.</exception>
    public static LedgerFile Open(string path)
    {
        FileStream stream = Opened(path);
        try
        {
            return Guarded(path, () => new LedgerFile(path, stream, ParquetReader.CreateAsync(stream).GetAwaiter().GetResult()));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Its rows, in order, read block by block.</summary>
    /// <exception cref="SimperException">It is damaged.</exception>
    public IEnumerable<LedgerRow> Rows()
    {
        for (int block = 0; block < _reader.RowGroupCount; block++)
        {
            int at = block;
            foreach (LedgerRow row in Guarded(_path, () => ReadBlock(at).GetAwaiter().GetResult()))
                yield return row;
        }
    }

    public void Dispose()
    {
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream.Dispose();
    }

    private static async Task WriteTo(
        Stream stream,
        IEnumerable<LedgerRow> rows,
        IReadOnlyList<LedgerColumn> columns,
        bool reportsMeanLogProbs
    )
    {
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(columns.Select(c => c.Field)),
            stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }
        );
        writer.CustomMetadata = new Dictionary<string, string>
        {
            [FormatKey] = Format,
            [MeansKey] = reportsMeanLogProbs ? "true" : "false",
        };
        foreach (LedgerRow[] some in rows.Chunk(Block))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach (LedgerColumn column in columns)
                await column.Write(group, some);
        }
    }

    private async Task<LedgerRow[]> ReadBlock(int block)
    {
        using ParquetRowGroupReader group = _reader.OpenRowGroupReader(block);
        var rows = new LedgerRow[checked((int)group.RowCount)];
        Array.Fill(rows, new LedgerRow { Outcome = new PairOutcome { Figures = [] } });
        foreach ((LedgerColumn column, DataField field) in _columns)
            await column.Read(group, field, rows);
        return rows;
    }

    private static FileStream Opened(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (SystemFault.IsOfTheSystem(e))
        {
            throw new SimperException($"{path} cannot be read: {SystemFault.Sentence(e)}.", e);
        }
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever the reader finds in bytes that are not what they were
        {
            string how = e is FormatException ? e.Message : "it is no whole Parquet file";
            throw new SimperException($"{path} is damaged: {how}; remove it, and the rest of the ledger can be read.", e);
        }
    }
}
