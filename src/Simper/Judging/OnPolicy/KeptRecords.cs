using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Simper.Judging.OnPolicy;

/// <summary>
/// What was found for each prompt, in a file that grows by a line for each, so that work that was stopped goes on where it was.
/// In memory is where a prompt's lines begin and end only. Thread safe.
/// </summary>
internal sealed class KeptRecords : IDisposable
{
    private const string Prompt = "prompt";
    private const string Key = "key";

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, (long At, int Length)[]> _kinds = [];
    private long _end;

    /// <summary>Opens the file, or makes it. A last line that was cut off is taken away.</summary>
    /// <param name="path">The file.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="kinds">The kinds of records that a prompt has, one of each; each is of those before it.</param>
    /// <param name="isCurrent">Whether a record of a prompt and a kind with such a key is still what would be found.</param>
    /// <exception cref="SimperException">It cannot be written, or another process has it.</exception>
    public KeptRecords(string path, int prompts, IEnumerable<string> kinds, Func<int, string, string, bool> isCurrent)
    {
        _path = path;
        foreach (string kind in kinds)
            _kinds.Add(kind, new (long, int)[prompts]);
        try
        {
            _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{path} cannot be written: {SystemFault.Sentence(e)}.", e);
        }
        foreach ((long at, byte[] line) in Lines())
            Note(line, at, isCurrent);
        RandomAccess.SetLength(_file, _end);
    }

    /// <summary>How many prompts have a record of a kind.</summary>
    public int Count(string kind) => _kinds[kind].Count(r => r.Length > 0);

    /// <summary>Whether a prompt has a record.</summary>
    public bool Has(string kind, int prompt) => _kinds[kind][prompt].Length > 0;

    /// <summary>A prompt's record; null if there is none.</summary>
    public JsonObject? Find(string kind, int prompt)
    {
        (long at, int length) = _kinds[kind][prompt];
        if (length == 0)
            return null;
        var bytes = new byte[length];
        for (int read = 0; read < length; )
        {
            int more = RandomAccess.Read(_file, bytes.AsSpan(read), at + read);
            read += more > 0 ? more : throw new SimperException($"{_path} has become shorter while it was in use.");
        }
        return JsonNode.Parse(bytes)!.AsObject();
    }

    /// <summary>Adds a prompt's record; it is with the system when this returns.</summary>
    public void Add(string kind, int prompt, string key, JsonObject content)
    {
        var record = new JsonObject
        {
            [Prompt] = prompt,
            ["kind"] = kind,
            [Key] = key,
        };
        foreach ((string name, JsonNode? value) in content)
            record[name] = value?.DeepClone();
        byte[] line = Encoding.UTF8.GetBytes(ReadableJson.OneLine(record) + "\n");
        lock (_lock)
        {
            RandomAccess.Write(_file, line, _end);
            Put(kind, prompt, (_end, line.Length));
            _end += line.Length;
        }
    }

    /// <summary>Closes the file and takes it away: what it held is elsewhere now.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <summary>Closes the file; one without records is taken away.</summary>
    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        _file.Dispose();
        if (_end == 0)
            File.Delete(_path);
    }

    // Whole lines, each with its line end; _end is behind the last of them.
    private IEnumerable<(long At, byte[] Line)> Lines()
    {
        var open = new List<byte>();
        var buffer = new byte[1 << 16];
        for (long at = 0; RandomAccess.Read(_file, buffer, at) is > 0 and int count; at += count)
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, count - start)) >= 0; start = end + 1)
            {
                open.AddRange(buffer.AsSpan(start..(end + 1)));
                yield return (_end, [.. open]);
                _end += open.Count;
                open.Clear();
            }
            open.AddRange(buffer.AsSpan(start..count));
        }
    }

    // What is of an earlier record of this kind is over.
    private void Put(string kind, int prompt, (long, int) place)
    {
        _kinds[kind][prompt] = place;
        foreach ((_, (long, int)[] behind) in _kinds.Skip(_kinds.IndexOf(kind) + 1))
            behind[prompt] = default;
    }

    private void Note(byte[] line, long at, Func<int, string, string, bool> isCurrent)
    {
        try
        {
            if (
                JsonNode.Parse(line) is JsonObject record
                && (int?)record[Prompt] is { } prompt
                && (string?)record["kind"] is { } kind
                && (string?)record[Key] is { } key
                && _kinds.TryGetValue(kind, out (long, int)[]? places)
                && prompt >= 0
                && prompt < places.Length
                && isCurrent(prompt, kind, key)
                && _kinds.Take(_kinds.IndexOf(kind)).All(before => Has(before.Key, prompt))
            )
                Put(kind, prompt, (at, line.Length));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Found again, as if it were not there.
        }
    }
}
