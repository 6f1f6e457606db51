namespace Simper.Text.Preferences.Cache;

/// <summary>The metadata of a tokenized data set.</summary>
internal sealed record TokenSummary(
    IReadOnlyList<DroppedRow> Dropped,
    int Straddled,
    int Cut,
    long Tokens,
    TokenExtent Extent,
    NoteCounts Notes
)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Straddled);
        writer.Write(Cut);
        writer.Write(Tokens);
        Extent.Write(writer);
        Notes.Write(writer);
        DroppedRow.Write(writer, Dropped);
    }

    public static TokenSummary Read(BinaryReader reader)
    {
        (int straddled, int cut, long tokens) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
        TokenExtent extent = TokenExtent.Read(reader);
        NoteCounts notes = NoteCounts.Read(reader);
        return new TokenSummary(DroppedRow.Read(reader), straddled, cut, tokens, extent, notes);
    }
}
