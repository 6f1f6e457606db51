namespace Simper.Text.Preferences;

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
        writer.Write(Dropped.Count);
        foreach (DroppedRow row in Dropped)
        {
            writer.Write(row.Row);
            writer.Write(row.Place);
            writer.Write(row.Reason);
        }
    }

    public static TokenSummary Read(BinaryReader reader)
    {
        (int straddled, int cut, long tokens) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
        TokenExtent extent = TokenExtent.Read(reader);
        NoteCounts notes = NoteCounts.Read(reader);
        var dropped = new DroppedRow[reader.ReadInt32()];
        for (int i = 0; i < dropped.Length; i++)
            dropped[i] = new DroppedRow(reader.ReadInt32(), reader.ReadString(), reader.ReadString());
        return new TokenSummary(dropped, straddled, cut, tokens, extent, notes);
    }
}
