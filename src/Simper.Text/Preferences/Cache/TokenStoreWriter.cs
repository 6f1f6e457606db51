using System.Runtime.InteropServices;

namespace Simper.Text.Preferences.Cache;

/// <summary>Writes a <see cref="TokenStore"/> group by group. Not thread safe.</summary>
internal sealed class TokenStoreWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly BinaryWriter _writer;
    private readonly string? _path;
    private readonly AsideFile? _aside;
    private readonly List<long> _starts = [];
    private bool _isServing;

    /// <param name="path">The path of the finished store, written aside, then renamed. Null for a temporary one that ends with
    /// the process.</param>
    public TokenStoreWriter(string? path)
    {
        _path = path;
        if (path is null)
        {
            _stream = NamelessFile.Create("tokens");
        }
        else
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            _aside = new AsideFile(path);
            _stream = _aside.Stream;
        }
        _writer = new BinaryWriter(_stream);
        _writer.Write(new byte[Checksum.Bytes]);
    }

    public void Add(TokenizedGroup group)
    {
        _starts.Add(_stream.Position);
        _writer.Write(group.Row);
        Write(group.Prompt);
        _writer.Write(group.Answers.Length);
        foreach (TokenizedAnswer answer in group.Answers)
        {
            Write(answer.Ids);
            _writer.Write(MemoryMarshal.AsBytes(answer.IsScored.AsSpan()));
            _writer.Write(answer.WasCut);
            _writer.Write(answer.UnpredictedTokens);
        }
        _writer.Write(group.Weights is not null);
        foreach (double weight in group.Weights ?? [])
            _writer.Write(weight);
    }

    /// <summary>Completes the file, and opens it.</summary>
    public TokenStore Finish(TokenSummary summary)
    {
        long index = _stream.Position;
        long[] starts = [.. _starts, index];
        _writer.Write(starts.Length);
        _writer.Write(MemoryMarshal.AsBytes(starts.AsSpan()));
        summary.Write(_writer);
        _writer.Write(index);
        _writer.Flush();
        _stream.Flush();
        if (_aside is null || _path is null)
        {
            _isServing = true;
            return TokenStore.Of(new MappedFile(_stream)); // it owns the stream now
        }
        Checksum.Stamp(_stream);
        _aside.Commit();
        return TokenStore.Of(new MappedFile(File.OpenRead(_path)));
    }

    /// <summary>Discards an unfinished store.</summary>
    public void Dispose()
    {
        if (_isServing)
            return;
        if (_aside is not null)
            _aside.Dispose();
        else
            _stream.Dispose();
    }

    private void Write(int[] numbers)
    {
        _writer.Write(numbers.Length);
        _writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }
}
