namespace Simper.Text.Tables.Parquet;

/// <summary>
/// The place in a column of plain values while rows are put together: the levels of the next value, and the value. Its pages are
/// read when they are needed.
/// </summary>
/// <param name="leaf">The column.</param>
/// <param name="pages">Its pages in a row group.</param>
internal sealed class LeafCursor(ParquetLeaf leaf, PageReader pages)
{
    private PageReader.Page _page;
    private int _left;

    /// <summary>At which level of lists the next value begins: 0 for a new row, -1 behind the last value.</summary>
    public int Repetition { get; private set; } = -1;

    /// <summary>How many optional and repeated fields down to the next value are there.</summary>
    public int Definition { get; private set; } = -1;

    /// <summary>The next value, where <see cref="Definition"/> says that there is one; to be taken once.</summary>
    public ReadOnlySpan<byte> Value() => _page.Values.Next();

    /// <summary>Goes to the next value; at the beginning to the first.</summary>
    /// <exception cref="InvalidDataException">A page is damaged.</exception>
    public void Advance()
    {
        while (_left == 0)
        {
            if (pages.Next() is not { } page)
            {
                (Repetition, Definition) = (-1, -1);
                return;
            }
            (_page, _left) = (page, page.Count);
        }
        _left--;
        Repetition = (int)(_page.Repetitions?.Next() ?? 0);
        Definition = (int)(_page.Definitions?.Next() ?? 0);
        if (Definition > leaf.Definition || Repetition > leaf.Repetition)
            throw new InvalidDataException("a level is not one of its column");
    }
}
