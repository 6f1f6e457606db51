namespace Simper.Text.Preferences;

/// <summary>Where a row is read again, in 16 bytes.</summary>
/// <param name="Place">The number of its source above 48 bits, its offset there below.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Row">Its number in its file, from 1.</param>
internal readonly record struct RowRef(long Place, int Length, int Row)
{
    public static RowRef Of(int source, long at, int length, int row) => new(((long)source << 48) | at, length, row);

    public int Source => (int)(Place >> 48);

    public long At => Place & ((1L << 48) - 1);

    /// <summary>The same row where its source comes after others.</summary>
    public RowRef After(int sources) => this with { Place = Place + ((long)sources << 48) };
}
