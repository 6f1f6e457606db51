using System.Buffers.Binary;

namespace Simper.Text.Vocabularies;

/// <summary>Reads the fields of a protobuf message in their order. Broken data end in an InvalidDataException.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wire;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; the value of the one before must have been read or skipped.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        ulong tag = Variable();
        (Field, _wire) = ((int)(tag >> 3), (int)(tag & 7));
        return tag is > 7 and <= int.MaxValue ? true : throw Broken($"a field numbered {tag >> 3}");
    }

    public long Integer() => _wire == 0 ? (long)Variable() : throw Broken($"field {Field} is no whole number");

    public bool Flag() => Integer() != 0;

    public float Single() =>
        _wire == 5 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Broken($"field {Field} is no number of four bytes");

    public ReadOnlySpan<byte> Bytes()
    {
        if (_wire != 2)
            throw Broken($"field {Field} is neither a text nor a message");
        ulong length = Variable();
        return Take(length <= int.MaxValue ? (int)length : int.MaxValue);
    }

    public void Skip()
    {
        _ = _wire switch
        {
            0 => Variable() > 0,
            1 => Take(8).IsEmpty,
            2 => Bytes().IsEmpty,
            5 => Take(4).IsEmpty,
            _ => throw Broken($"field {Field} is of an unknown kind"),
        };
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw Broken("it ends too early");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private ulong Variable()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte b = Take(1)[0];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
                return value;
        }
        throw Broken("a number of more than ten bytes");
    }

    private static InvalidDataException Broken(string what) => new(what);
}
