using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Preferences;

/// <summary>
/// Tokenized groups in a file, read one by one: only their offsets are in memory. The file begins with a hash of what follows;
/// then come the groups, and after them the metadata. Thread safe once written.
/// </summary>
internal sealed class TokenStore
{
    private const int HashBytes = 32;

    private readonly SafeFileHandle _file;
    private readonly long[] _starts; // one more than there are groups

    private TokenStore(SafeFileHandle file, long[] starts, TokenSummary summary) =>
        (_file, _starts, Summary) = (file, starts, summary);

    public TokenSummary Summary { get; }

    public int Count => _starts.Length - 1;

    public TokenizedGroup Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var bytes = new byte[_starts[index + 1] - _starts[index]];
        if (RandomAccess.Read(_file, bytes, _starts[index]) != bytes.Length)
            throw new SimperException("The file of tokenized rows has become shorter while it was in use.");
        using var reader = new BinaryReader(new MemoryStream(bytes));
        int row = reader.ReadInt32();
        int[] prompt = Numbers(reader);
        var answers = new TokenizedAnswer[reader.ReadInt32()];
        for (int a = 0; a < answers.Length; a++)
        {
            int[] ids = Numbers(reader);
            bool[] scored = MemoryMarshal.Cast<byte, bool>(reader.ReadBytes(ids.Length)).ToArray();
            answers[a] = new TokenizedAnswer
            {
                Ids = ids,
                IsScored = scored,
                WasCut = reader.ReadBoolean(),
                UnpredictedTokens = reader.ReadInt32(),
            };
        }
        double[]? weights = reader.ReadBoolean() ? [.. answers.Select(_ => reader.ReadDouble())] : null;
        return new TokenizedGroup
        {
            Place = index,
            Prompt = prompt,
            Answers = answers,
            Weights = weights,
            Row = row,
        };
    }

    /// <summary>Opens a finished store; null if there is none, or if it is incomplete.</summary>
    public static TokenStore? Open(string path)
    {
        try
        {
            using (FileStream stream = File.OpenRead(path))
            {
                Span<byte> hash = stackalloc byte[HashBytes];
                stream.ReadExactly(hash);
                if (!SHA256.HashData(stream).AsSpan().SequenceEqual(hash))
                    return null;
                stream.Position = stream.Length - sizeof(long);
                using var tail = new BinaryReader(stream);
                stream.Position = tail.ReadInt64();
                var starts = new long[tail.ReadInt32()];
                stream.ReadExactly(MemoryMarshal.AsBytes(starts.AsSpan()));
                return new TokenStore(File.OpenHandle(path), starts, TokenSummary.Read(tail));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes a store group by group.</summary>
    internal sealed class Writer : IDisposable
    {
        private readonly FileStream _stream;
        private readonly BinaryWriter _writer;
        private readonly string? _path;
        private readonly AsideFile? _aside;
        private readonly List<long> _starts = [];
        private bool _isServing;

        /// <param name="path">The path of the finished store, written aside, then renamed. Null for a temporary one that ends
        /// with the process.</param>
        public Writer(string? path)
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
            _writer.Write(new byte[HashBytes]);
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

        public TokenStore Finish(TokenSummary summary)
        {
            long index = _stream.Position;
            long[] starts = [.. _starts, index];
            _writer.Write(starts.Length);
            _writer.Write(MemoryMarshal.AsBytes(starts.AsSpan()));
            summary.Write(_writer);
            _writer.Write(index);
            _writer.Flush();
            if (_aside is null || _path is null)
            {
                _stream.Flush();
                _isServing = true;
                return new TokenStore(_stream.SafeFileHandle, starts, summary);
            }
            _stream.Position = HashBytes;
            byte[] hash = SHA256.HashData(_stream);
            _stream.Position = 0;
            _stream.Write(hash);
            _aside.Commit();
            return new TokenStore(File.OpenHandle(_path), starts, summary);
        }

        /// <summary>Discards an unfinished store.</summary>
        public void Dispose()
        {
            if (_isServing)
                return; // the store now owns the stream's handle
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

    private static int[] Numbers(BinaryReader reader)
    {
        var numbers = new int[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }
}

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
