using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Runs;

/// <summary>
/// A TensorBoard event file of scalars: records of length, masked CRC-32C, a protobuf Event message, and its CRC
/// (tensorflow/core/lib/io/record_writer, event.proto, summary.proto). Not thread safe.
/// </summary>
internal sealed partial class EventFile : IDisposable
{
    private readonly FileStream _file;

    private EventFile(FileStream file, TimeProvider clock) => (_file, Clock) = (file, clock);

    public EventFile(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        long seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        _file = new FileStream(
            Path.Combine(folder, $"events.out.tfevents.{seconds}.simper"),
            FileMode.Create,
            FileAccess.Write,
            FileShare.ReadWrite,
            bufferSize: 0
        );
        Clock = clock;
        Write([.. Double(1, Now()), .. Bytes(3, "brain.Event:2"u8)]);
    }

    private TimeProvider Clock { get; }

    /// <summary>Its name in the run's folder.</summary>
    public string Name => "tensorboard/" + Path.GetFileName(_file.Name);

    /// <summary>Whether a file of this name is one.</summary>
    public static bool IsName(string name) => FileName().IsMatch(name);

    /// <summary>Adds to one that is there, behind its last record.</summary>
    public static EventFile Continue(string run, string name, TimeProvider clock)
    {
        var file = new FileStream(Path.Combine(run, name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        return new EventFile(file, clock);
    }

    /// <summary>Adds a step's scalars.</summary>
    public void Add(long step, IEnumerable<KeyValuePair<string, double>> scalars)
    {
        byte[] summary =
        [
            .. scalars.SelectMany(s => Bytes(1, [.. Bytes(1, Encoding.UTF8.GetBytes(s.Key)), .. Float(2, (float)s.Value)])),
        ];
        Write([.. Double(1, Now()), .. Varint(2 << 3), .. Varint((ulong)step), .. Bytes(5, summary)]);
    }

    public void Dispose() => _file.Dispose();

    private double Now() => Clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    private void Write(byte[] message)
    {
        byte[] record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        message.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), MaskedCrc(message));
        OutputFolder.WriteRecord(_file, record); // readers stop at an incomplete record
    }

    internal static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xffffffff;
        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    [GeneratedRegex(@"^events\.out\.tfevents\.[0-9]+\.simper$")]
    private static partial Regex FileName();

    private static byte[] Double(int field, double value)
    {
        var bytes = new byte[9];
        bytes[0] = (byte)((field << 3) | 1);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Float(int field, float value)
    {
        var bytes = new byte[5];
        bytes[0] = (byte)((field << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Bytes(int field, ReadOnlySpan<byte> value) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)value.Length), .. value];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
