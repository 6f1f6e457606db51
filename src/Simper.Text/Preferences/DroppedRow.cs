namespace Simper.Text.Preferences;

/// <summary>A dropped row.</summary>
/// <param name="Row">Its number, from 1.</param>
/// <param name="Place">File and line.</param>
/// <param name="Reason">Why.</param>
public sealed record DroppedRow(int Row, string Place, string Reason)
{
    internal static void Write(BinaryWriter writer, IReadOnlyList<DroppedRow> rows)
    {
        writer.Write(rows.Count);
        foreach (DroppedRow row in rows)
        {
            writer.Write(row.Row);
            writer.Write(row.Place);
            writer.Write(row.Reason);
        }
    }

    internal static DroppedRow[] Read(BinaryReader reader)
    {
        var rows = new DroppedRow[reader.ReadInt32()];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new DroppedRow(reader.ReadInt32(), reader.ReadString(), reader.ReadString());
        return rows;
    }
}
