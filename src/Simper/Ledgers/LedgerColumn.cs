using Parquet;
using Parquet.Schema;

namespace Simper.Ledgers;

/// <summary>A column of a ledger's files: how it is taken from a row, and how a row gets it back.</summary>
/// <param name="name">Its name in the file.</param>
internal abstract class LedgerColumn(string name)
{
    /// <summary>Its name in the file.</summary>
    public string Name => name;

    /// <summary>Its type in the file.</summary>
    public abstract DataField Field { get; }

    /// <summary>Writes it for all rows of a row group.</summary>
    public abstract Task Write(ParquetRowGroupWriter group, LedgerRow[] rows);

    /// <summary>Reads it into all rows of a row group.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="field">As the file has it.</param>
    /// <param name="rows">Receive it.</param>
    public abstract Task Read(ParquetRowGroupReader group, DataField field, LedgerRow[] rows);
}

/// <inheritdoc/>
/// <param name="name">Its name in the file.</param>
/// <param name="get">From a row; null where the row has none.</param>
/// <param name="set">Into a row; null where it follows from others.</param>
/// <typeparam name="T">Of the numbers.</typeparam>
internal sealed class LedgerColumn<T>(string name, Func<LedgerRow, T?> get, Func<LedgerRow, T?, LedgerRow>? set)
    : LedgerColumn(name)
    where T : struct
{
    public override DataField Field { get; } = new(name, typeof(T), isNullable: true);

    public override Task Write(ParquetRowGroupWriter group, LedgerRow[] rows) =>
        group.WriteAsync<T>(Field, Array.ConvertAll(rows, r => get(r)));

    public override async Task Read(ParquetRowGroupReader group, DataField field, LedgerRow[] rows)
    {
        if (set is null)
            return;
        var values = new T?[rows.Length];
        await group.ReadAsync<T>(field, values.AsMemory());
        for (int i = 0; i < rows.Length; i++)
            rows[i] = set(rows[i], values[i]);
    }
}

/// <inheritdoc/>
/// <param name="name">Its name in the file.</param>
/// <param name="get">From a row.</param>
/// <param name="set">Into a row.</param>
internal sealed class LedgerWords(string name, Func<LedgerRow, string> get, Func<LedgerRow, string, LedgerRow> set)
    : LedgerColumn(name)
{
    public override DataField Field { get; } = new(name, typeof(string), isNullable: false);

    public override Task Write(ParquetRowGroupWriter group, LedgerRow[] rows) =>
        group.WriteAsync(Field, Array.ConvertAll(rows, r => get(r)));

    public override async Task Read(ParquetRowGroupReader group, DataField field, LedgerRow[] rows)
    {
        var values = new string?[rows.Length];
        await group.ReadAsync(field, values.AsMemory());
        for (int i = 0; i < rows.Length; i++)
            rows[i] = set(rows[i], values[i] ?? "");
    }
}
