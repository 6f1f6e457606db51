namespace Simper.Text.Tables.Csv;

/// <summary>
/// How a table of texts is delimited: by the character at which its first records all fall into equally many cells, the most that
/// there are.
/// </summary>
/// <param name="Delimiter">What is between cells.</param>
/// <param name="Columns">Cells of the first record.</param>
/// <param name="IsEven">Whether all records of the sample have as many.</param>
/// <param name="Records">How many records the sample has.</param>
internal readonly record struct CsvDialect(byte Delimiter, int Columns, bool IsEven, int Records)
{
    private const int MostRecords = 50;

    private static readonly byte[] Delimiters = [(byte)',', (byte)'\t', (byte)';', (byte)'|'];

    /// <summary>Finds it.</summary>
    /// <param name="sample">The beginning of the text, in UTF-8.</param>
    /// <param name="isWhole">Whether it is all of it.</param>
    public static CsvDialect Of(byte[] sample, bool isWhole) =>
        Delimiters
            .Select(d => Tried(sample, isWhole, d))
            .OrderByDescending(d => d.IsEven && d.Columns > 1)
            .ThenByDescending(d => d.Columns)
            .First();

    private static CsvDialect Tried(byte[] sample, bool isWhole, byte delimiter)
    {
        var counts = new List<int>();
        bool isBroken = false;
        try
        {
            var records = new CsvRecords(new MemoryStream(sample), delimiter);
            while (counts.Count < MostRecords && records.Next())
                counts.Add(records.Count);
        }
        catch (TableRefusal)
        {
            isBroken = isWhole; // else the sample may end within a quoted cell
        }
        if (!isWhole && counts.Count is > 1 and < MostRecords)
            counts.RemoveAt(counts.Count - 1);
        int columns = counts.Count > 0 ? counts[0] : 0;
        return new CsvDialect(delimiter, columns, !isBroken && counts.TrueForAll(c => c == columns), counts.Count);
    }
}
