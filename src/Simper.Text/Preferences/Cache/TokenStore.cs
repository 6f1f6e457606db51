using System.Runtime.InteropServices;

namespace Simper.Text.Preferences.Cache;

/// <summary>
/// Tokenized groups in a file that is mapped into memory, with their offsets: opening one takes no time and no memory per group.
/// The file is a checksum, the groups, their offsets, the summary, and where the offsets begin. Thread safe.
/// </summary>
internal sealed class TokenStore
{
    private readonly MappedFile _file;
    private readonly long _starts; // where they lie: one more than there are groups

    private TokenStore(MappedFile file, long starts, int count, TokenSummary summary) =>
        (_file, _starts, Count, Summary) = (file, starts, count, summary);

    public TokenSummary Summary { get; }

    public int Count { get; }

    public TokenizedGroup Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        Span<long> place = stackalloc long[2];
        _file.Read(_starts + (long)index * sizeof(long), MemoryMarshal.AsBytes(place));
        var reader = new SpanReader(_file.Bytes(place[0], (int)(place[1] - place[0])));
        int row = reader.Int32();
        int[] prompt = reader.Numbers();
        var answers = new TokenizedAnswer[reader.Int32()];
        for (int a = 0; a < answers.Length; a++)
        {
            int[] ids = reader.Numbers();
            answers[a] = new TokenizedAnswer
            {
                Ids = ids,
                IsScored = MemoryMarshal.Cast<byte, bool>(reader.Bytes(ids.Length)).ToArray(),
                WasCut = reader.Boolean(),
                UnpredictedTokens = reader.Int32(),
            };
        }
        double[]? weights = null;
        if (reader.Boolean())
        {
            weights = new double[answers.Length];
            reader.Bytes(weights.Length * sizeof(double)).CopyTo(MemoryMarshal.AsBytes(weights.AsSpan()));
        }
        return new TokenizedGroup
        {
            Place = index,
            Prompt = prompt,
            Answers = answers,
            Weights = weights,
            Row = row,
        };
    }

    /// <summary>Opens a finished store; null if there is none, or if it is incomplete or damaged.</summary>
    public static TokenStore? Open(string path)
    {
        try
        {
            FileStream stream = File.OpenRead(path);
            if (stream.Length >= Checksum.Bytes + sizeof(long) && Checksum.IsRight(stream))
                return Of(new MappedFile(stream));
            stream.Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The store in a file that is known to be whole.</summary>
    internal static TokenStore Of(MappedFile file)
    {
        long index = BitConverter.ToInt64(file.Bytes(file.Length - sizeof(long), sizeof(long)));
        int count = BitConverter.ToInt32(file.Bytes(index, sizeof(int))) - 1;
        long starts = index + sizeof(int);
        long summary = starts + (count + 1L) * sizeof(long);
        using var reader = new BinaryReader(new MemoryStream(file.Bytes(summary, (int)(file.Length - sizeof(long) - summary))));
        return new TokenStore(file, starts, count, TokenSummary.Read(reader));
    }

    private ref struct SpanReader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public ReadOnlySpan<byte> Bytes(int count)
        {
            ReadOnlySpan<byte> taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        public int Int32() => BitConverter.ToInt32(Bytes(sizeof(int)));

        public bool Boolean() => Bytes(1)[0] != 0;

        public int[] Numbers()
        {
            var numbers = new int[Int32()];
            Bytes(numbers.Length * sizeof(int)).CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return numbers;
        }
    }
}
