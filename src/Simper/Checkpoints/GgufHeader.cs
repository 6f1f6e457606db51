using System.Numerics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// Reads and checks the header of a GGUF file: magic, version, keys, tensor descriptions. The layout follows the format's
/// specification; where readers differ, this one is strict about what no writer produces (arrays in arrays, sizes of zero, empty
/// names) and lenient about what is harmless (order of tensors, gaps between them, no padding after the last).
/// </summary>
internal sealed class GgufHeader
{
    private const uint Magic = 0x4655_4747; // "GGUF"
    private const uint DefaultAlignment = 32;
    private const int MostDimensions = 4;
    private const int LongestTensorName = 64;
    private const int LongestKey = 65_535;
    private const string AlignmentKey = "general.alignment";
    private const string ArchitectureKey = "general.architecture";
    private const string TypeKey = "general.type";

    // The minimum size of a key: a length, a character, a type and a value; of a tensor: a length, a character, the number of
    // dimensions, one dimension, type and offset.
    private const int SmallestKeyBytes = 8 + 1 + 4 + 1;
    private const int SmallestTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

    private readonly GgufCursor _cursor;
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GgufTensor> _tensors = new(StringComparer.Ordinal);

    private GgufHeader(SafeFileHandle file, string path)
    {
        _cursor = new GgufCursor(file, path);
        Metadata = new GgufMetadata(_values, path);
    }

    public GgufMetadata Metadata { get; }

    public IReadOnlyDictionary<string, GgufTensor> Tensors => _tensors;

    public static GgufHeader Read(SafeFileHandle file, string path)
    {
        var header = new GgufHeader(file, path);
        header.Read();
        return header;
    }

    /// <summary>
    /// What kind of file it is (<c>general.type</c>), without reading its vocabulary; null where it does not say, or is no GGUF
    /// file.
    /// </summary>
    public static string? TypeOf(string path)
    {
        try
        {
            using SafeFileHandle file = FolderFiles.Open(path);
            return new GgufHeader(file, path).ReadType();
        }
        catch (SimperException)
        {
            return null; // said when it is opened
        }
    }

    private string? ReadType()
    {
        (_, ulong keys) = ReadCounts();
        // all programs write general keys first
        for (ulong i = 0; i < keys && !_values.Keys.Any(k => k.StartsWith("tokenizer.", StringComparison.Ordinal)); i++)
        {
            ReadKey();
            if (Metadata.Has(TypeKey))
                return Metadata.Text(TypeKey);
        }
        return null;
    }

    private void Read()
    {
        (ulong tensors, ulong keys) = ReadCounts();
        for (ulong i = 0; i < keys; i++)
            ReadKey();
        Metadata.Text(ArchitectureKey);
        uint alignment = Alignment();

        var claims = new List<Claim>();
        for (ulong i = 0; i < tensors; i++)
            claims.Add(ReadClaim());
        Place(claims, alignment);
    }

    private (ulong Tensors, ulong Keys) ReadCounts()
    {
        if (_cursor.Length < sizeof(uint) || _cursor.Number<uint>("the magic") != Magic)
            throw _cursor.Fault("it does not begin with GGUF, so it is no GGUF file", "BadMagic");
        uint version = _cursor.Number<uint>("the version");
        if (version is not (2 or 3))
            throw _cursor.Fault(
                version != 0 && (version & 0xffff) == 0
                    ? "it is a big-endian GGUF file; convert it to little-endian"
                    : $"it is GGUF version {version}, Simper reads 2 and 3; convert the model again",
                "UnsupportedVersion"
            );

        ulong tensors = _cursor.Number<ulong>("the number of tensors");
        ulong keys = _cursor.Number<ulong>("the number of keys");
        _cursor.RequireRoom(keys, SmallestKeyBytes, "the number of keys");
        _cursor.RequireRoom(tensors, SmallestTensorBytes, "the number of tensors");
        return (tensors, keys);
    }

    private void ReadKey()
    {
        string key = _cursor.Text("a key");
        if (key.Length is 0 or > LongestKey)
            throw _cursor.Fault($"the key {FileFault.Quote(key)} is empty or too long", "InvalidKey");
        string what = $"key {FileFault.Quote(key)}";
        uint type = _cursor.Number<uint>(what);
        object value = type == 9 ? ReadArray(what) : ReadValue(type, what);
        if (!_values.TryAdd(key, value))
            throw _cursor.Fault($"{what} is given twice", "DuplicateKey");
    }

    private object ReadValue(uint type, string what) =>
        type switch
        {
            0 => _cursor.Number<byte>(what),
            1 => _cursor.Number<sbyte>(what),
            2 => _cursor.Number<ushort>(what),
            3 => _cursor.Number<short>(what),
            4 => _cursor.Number<uint>(what),
            5 => _cursor.Number<int>(what),
            6 => _cursor.Number<float>(what),
            7 => Flag(_cursor.Number<byte>(what), what),
            8 => _cursor.Text(what),
            10 => _cursor.Number<ulong>(what),
            11 => _cursor.Number<long>(what),
            12 => _cursor.Number<double>(what),
            _ => throw _cursor.Fault($"{what} has the unknown value type {type}", "UnknownValueType"),
        };

    private object ReadArray(string what)
    {
        uint type = _cursor.Number<uint>(what);
        ulong count = _cursor.Number<ulong>(what);
        return type switch
        {
            0 => _cursor.Numbers<byte>(count, what),
            1 => _cursor.Numbers<sbyte>(count, what),
            2 => _cursor.Numbers<ushort>(count, what),
            3 => _cursor.Numbers<short>(count, what),
            4 => _cursor.Numbers<uint>(count, what),
            5 => _cursor.Numbers<int>(count, what),
            6 => _cursor.Numbers<float>(count, what),
            7 => Array.ConvertAll(_cursor.Numbers<byte>(count, what), flag => Flag(flag, what)),
            8 => ReadTexts(count, what),
            10 => _cursor.Numbers<ulong>(count, what),
            11 => _cursor.Numbers<long>(count, what),
            12 => _cursor.Numbers<double>(count, what),
            9 => throw _cursor.Fault($"{what} is an array of arrays, which Simper does not read", "NestedArray"),
            _ => throw _cursor.Fault($"{what} has the unknown element type {type}", "UnknownValueType"),
        };
    }

    private string[] ReadTexts(ulong count, string what)
    {
        _cursor.RequireRoom(count, sizeof(ulong), what);
        var texts = new string[count];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = _cursor.Text(what);
        return texts;
    }

    private bool Flag(byte value, string what) =>
        value switch
        {
            0 => false,
            1 => true,
            _ => throw _cursor.Fault($"{what} is a bool of value {value}; it must be 0 or 1", "InvalidBool"),
        };

    private uint Alignment()
    {
        if (!_values.TryGetValue(AlignmentKey, out object? value))
            return DefaultAlignment;
        return value is uint alignment && BitOperations.IsPow2(alignment)
            ? alignment
            : throw _cursor.Fault($"its key '{AlignmentKey}' must be a uint32 that is a power of two", "InvalidAlignment");
    }

    private sealed record Claim(string Name, BlockType Type, long[] Shape, ulong Offset, long Bytes);

    private Claim ReadClaim()
    {
        string name = _cursor.Text("a tensor's name");
        string what = $"tensor {FileFault.Quote(name)}";
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > LongestTensorName)
            throw _cursor.Fault($"{what} has no name or one longer than {LongestTensorName} bytes", "InvalidName");
        uint dimensions = _cursor.Number<uint>(what);
        if (dimensions > MostDimensions)
            throw _cursor.Fault($"{what} has {dimensions} dimensions, more than {MostDimensions}", "TooManyDimensions");

        var shape = new long[dimensions];
        Int128 count = 1;
        for (int i = shape.Length - 1; i >= 0; i--) // The fastest-varying dimension comes first in the file.
        {
            shape[i] = _cursor.Number<long>(what);
            if (shape[i] <= 0)
                throw _cursor.Fault($"{what} has a size of {shape[i]}", "InvalidSize");
            count *= shape[i];
            if (count > long.MaxValue)
                throw _cursor.Fault($"the size of {what} overflows 64 bits", "SizeOverflow");
        }

        uint id = _cursor.Number<uint>(what);
        BlockType type =
            GgufTypes.WithId(id) ?? throw _cursor.Fault($"{what} has the unknown tensor type {id}", "UnknownTensorType");
        long row = shape.Length == 0 ? 1 : shape[^1];
        if (row % type.Values != 0)
            throw _cursor.Fault(
                $"{what} of type {type.Name} has rows of {row} values, no whole number of blocks of {type.Values}",
                "BrokenBlocks"
            );
        Int128 bytes = count / type.Values * type.Bytes;
        if (bytes > long.MaxValue)
            throw _cursor.Fault($"the size of {what} overflows 64 bits", "SizeOverflow");
        return new Claim(name, type, shape, _cursor.Number<ulong>(what), (long)bytes);
    }

    /// <summary>Every tensor must be inside the data section, aligned, and not overlap another.</summary>
    private void Place(List<Claim> claims, uint alignment)
    {
        long dataStart = checked((_cursor.Position + alignment - 1) / alignment * alignment);
        long dataBytes = Math.Max(0, _cursor.Length - dataStart);
        foreach (Claim claim in claims)
        {
            string what = $"tensor {FileFault.Quote(claim.Name)}";
            if (claim.Offset % alignment != 0)
                throw _cursor.Fault($"{what} begins at {claim.Offset}, no multiple of the alignment {alignment}", "Misaligned");
            if (claim.Bytes > dataBytes || claim.Offset > (ulong)(dataBytes - claim.Bytes))
                throw _cursor.Fault(
                    $"{what} has {claim.Bytes} bytes from {claim.Offset} on, but the data section has {dataBytes}; the file is "
                        + "truncated, fetch it again",
                    "TensorPastEnd"
                );
            var tensor = new GgufTensor(claim.Name, claim.Type, claim.Shape, dataStart + (long)claim.Offset, claim.Bytes);
            if (!_tensors.TryAdd(claim.Name, tensor))
                throw _cursor.Fault($"{what} is given twice", "DuplicateTensor");
        }

        GgufTensor? before = null;
        foreach (GgufTensor tensor in _tensors.Values.OrderBy(t => t.Offset))
        {
            if (before is not null && tensor.Offset < before.Offset + before.Bytes)
                throw _cursor.Fault(
                    $"tensors {FileFault.Quote(before.Name)} and {FileFault.Quote(tensor.Name)} lie on the same bytes",
                    "Overlap"
                );
            before = tensor;
        }
    }
}
