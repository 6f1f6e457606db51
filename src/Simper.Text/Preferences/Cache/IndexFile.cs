using System.Runtime.InteropServices;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Preferences.Cache;

/// <summary>
/// A <see cref="DatasetIndex"/> in a file: a checksum, and what it holds but the layout, which its first rows show.
/// </summary>
internal static class IndexFile
{
    /// <summary>Writes one aside, then under its name.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="index">What it holds.</param>
    /// <param name="spool">Where rows are kept that cannot be read again where they are, if there are any.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, DatasetIndex index, RowSpool? spool)
    {
        using var aside = new AsideFile(path);
        var writer = new BinaryWriter(aside.Stream); // the stream is closed by committing
        writer.Write(new byte[Checksum.Bytes]);
        writer.Write(spool is not null);
        writer.Write(spool?.Length ?? 0);
        writer.Write(spool?.Checksum ?? 0);
        writer.Write(index.Sources.Count);
        foreach (RowSource source in index.Sources)
        {
            writer.Write(source.File);
            writer.Write((int)source.Unit);
            writer.Write(source.IsSpooled);
        }
        writer.Write(index.Count);
        writer.Write(index.Rows.Length);
        writer.Write(MemoryMarshal.AsBytes(index.Rows.AsSpan()));
        DroppedRow.Write(writer, index.Dropped);
        writer.Write(index.UnusedColumns.Count);
        foreach (string column in index.UnusedColumns)
            writer.Write(column);
        writer.Write(index.Fingerprint);
        index.Hashes.Write(writer);
        writer.Flush();
        Checksum.Stamp(aside.Stream);
        aside.Commit();
    }

    /// <summary>Reads one; null if there is none, or it or its rows are damaged.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="spoolPath">The name of its rows' file.</param>
    /// <param name="layout">Recognises the layout.</param>
    public static DatasetIndex? Read(string path, string spoolPath, Func<FileLayout?> layout)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using FileStream stream = File.OpenRead(path);
            if (!Checksum.IsRight(stream))
                return null;
            using var reader = new BinaryReader(stream);
            return Read(reader, spoolPath, layout);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static DatasetIndex? Read(BinaryReader reader, string spoolPath, Func<FileLayout?> layout)
    {
        (bool isSpooled, long length, uint checksum) = (reader.ReadBoolean(), reader.ReadInt64(), reader.ReadUInt32());
        RowSpool? spool = isSpooled ? RowSpool.Open(spoolPath, length, checksum) : null;
        if ((isSpooled && spool is null) || layout() is not { } known)
            return null;
        var sources = new RowSource[reader.ReadInt32()];
        for (int i = 0; i < sources.Length; i++)
        {
            (string file, var unit, bool isKept) = (reader.ReadString(), (RowUnit)reader.ReadInt32(), reader.ReadBoolean());
            sources[i] = new RowSource(file, unit, isKept ? spool : null);
        }
        int count = reader.ReadInt32();
        var rows = new RowRef[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(rows.AsSpan()));
        DroppedRow[] dropped = DroppedRow.Read(reader);
        var unused = new string[reader.ReadInt32()];
        for (int i = 0; i < unused.Length; i++)
            unused[i] = reader.ReadString();
        return new DatasetIndex
        {
            Rows = rows,
            Sources = sources,
            Layout = known,
            Count = count,
            Dropped = dropped,
            UnusedColumns = unused,
            Fingerprint = reader.ReadString(),
            Hashes = GroupHashes.Read(reader),
        };
    }
}
