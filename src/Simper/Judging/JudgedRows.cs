using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging;

/// <summary>
/// Rows of judgments, in a file that grows by a line for each, so that a judge that was stopped goes on where it was. Thread
/// safe.
/// </summary>
internal sealed class JudgedRows : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();
    private readonly List<JsonObject> _rows = [];

    private JudgedRows(FileStream file) => _file = file;

    /// <summary>All rows, those of earlier calls first.</summary>
    public IReadOnlyList<JsonObject> Rows
    {
        get
        {
            lock (_lock)
                return [.. _rows];
        }
    }

    /// <summary>Opens the file, or makes it. A last line that was cut off is taken away.</summary>
    /// <exception cref="SimperException">It cannot be written, or holds something else.</exception>
    public static JudgedRows Open(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var rows = new JudgedRows(file);
            rows.Read(path);
            return rows;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{path} cannot be written: {SystemFault.Sentence(e)}; give another place.", e);
        }
    }

    /// <summary>Appends a row; it is on the disk when this returns.</summary>
    public void Add(JsonObject row)
    {
        byte[] line = Encoding.UTF8.GetBytes(ReadableJson.OneLine(row) + "\n");
        lock (_lock)
        {
            _file.Write(line);
            _file.Flush();
            _rows.Add(row);
        }
    }

    public void Dispose() => _file.Dispose();

    private void Read(string path)
    {
        using var reader = new StreamReader(_file, Encoding.UTF8, leaveOpen: true);
        string text = reader.ReadToEnd();
        int end = text.LastIndexOf('\n') + 1;
        int number = 0;
        foreach (string line in text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            try
            {
                _rows.Add(JsonNode.Parse(line) as JsonObject ?? throw new JsonException("no object"));
            }
            catch (JsonException e)
            {
                _file.Dispose();
                throw new SimperException(
                    $"{path}, line {number}: this is no judgment; give another place for the judgments.",
                    e
                );
            }
        }
        _file.SetLength(Encoding.UTF8.GetByteCount(text[..end]));
        _file.Seek(0, SeekOrigin.End);
    }
}
