using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// Reads the header of a GGUF file sequentially. Every length is checked against the rest of the file before memory is allocated
/// for it.
/// </summary>
internal sealed class GgufCursor(SafeFileHandle file, string path)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at;
    private int _filled;
    private long _bufferStart;

    public long Length { get; } = RandomAccess.GetLength(file);

    public long Position => _bufferStart + _at;

    public long Remaining => Length - Position;

    public SimperException Fault(string sentence, string fault) => FileFault.At(path, sentence, fault);

    /// <summary>One little-endian number.</summary>
    public T Number<T>(string what)
        where T : unmanaged
    {
        T value = default;
        Bytes(MemoryMarshal.AsBytes(new Span<T>(ref value)), what);
        return value;
    }

    /// <summary>An array of little-endian numbers, whose length is checked first.</summary>
    public T[] Numbers<T>(ulong count, string what)
        where T : unmanaged
    {
        RequireRoom(count, Unsafe.SizeOf<T>(), what);
        var values = new T[count];
        Bytes(MemoryMarshal.AsBytes(values.AsSpan()), what);
        return values;
    }

    /// <summary>A length-prefixed UTF-8 string.</summary>
    public string Text(string what)
    {
        ulong length = Number<ulong>(what);
        RequireRoom(length, 1, what);
        if (length > int.MaxValue / 2)
            throw Fault($"{what} has {length} bytes", "TextTooLong");
        byte[] bytes = new byte[length];
        Bytes(bytes, what);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Fault($"{what} is not UTF-8 text", "NotUtf8");
        }
    }

    /// <summary>
    /// Refuses a count of items of at least <paramref name="bytesEach"/> bytes each where the file is too short for them.
    /// </summary>
    public void RequireRoom(ulong count, int bytesEach, string what)
    {
        if (count > (ulong)(Remaining / bytesEach) || count > (ulong)Array.MaxLength)
            throw Fault(
                $"{what} claims {count} entries of at least {bytesEach} bytes, but {Remaining} bytes are left in the file; it is "
                    + "damaged or truncated, fetch it again",
                "Truncated"
            );
    }

    private void Bytes(Span<byte> into, string what)
    {
        if (into.Length > Remaining)
            throw Fault($"the file ends inside {what}; it is truncated, fetch it again", "Truncated");
        while (into.Length > 0)
        {
            if (_at == _filled)
                Refill();
            int count = Math.Min(into.Length, _filled - _at);
            _buffer.AsSpan(_at, count).CopyTo(into);
            into = into[count..];
            _at += count;
        }
    }

    private void Refill()
    {
        _bufferStart += _filled;
        _at = 0;
        _filled = (int)Math.Min(_buffer.Length, Length - _bufferStart);
        SafetensorsHeader.ReadFully(file, path, _buffer.AsSpan(0, _filled), _bufferStart);
    }
}
