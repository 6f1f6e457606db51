using System.Text;
using System.Text.Json;

namespace Simper.Checkpoints;

/// <summary>
/// Reads the JSON of a safetensors header token by token, to catch what general JSON readers accept: duplicate keys, numbers in
/// other forms than plain digits. Throws <see cref="JsonException"/> for invalid JSON.
/// </summary>
internal sealed class SafetensorsHeaderParser(string path)
{
    private const string Deserialization = "InvalidHeaderDeserialization";

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>A tensor as the header describes it, with byte offsets from the start of the data; not yet checked.</summary>
    public sealed record Claim(string Name, SafetensorsType Type, long[] Shape, ulong Begin, ulong End);

    public List<Claim> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public void Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        Expect(ref reader, JsonTokenType.StartObject, "the header must be an object");
        while (NextKey(ref reader) is { } name)
        {
            if (!_names.Add(name))
                throw Fault($"{FileFault.Quote(name)} is named twice", "DuplicateKey");
            if (name == "__metadata__")
                ReadMetadata(ref reader);
            else
                Tensors.Add(ReadTensor(ref reader, Checked(name)));
        }
        if (reader.Read())
            throw Fault("text follows the header's object", Deserialization);
    }

    private string Checked(string name)
    {
        if (Tensors.Count == SafetensorsHeader.MostTensors)
            throw Fault($"it names more than {SafetensorsHeader.MostTensors} tensors", "TooManyTensors");
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > SafetensorsHeader.LongestName)
            throw Fault(
                $"the tensor name {FileFault.Quote(name)} is empty or longer than {SafetensorsHeader.LongestName} bytes",
                "InvalidName"
            );
        if (name.Any(char.IsControl))
            throw Fault($"the tensor name {FileFault.Quote(name)} holds control characters", "InvalidName");
        return name;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        const string what = "__metadata__ must be an object of texts";
        Expect(ref reader, JsonTokenType.StartObject, what);
        while (NextKey(ref reader) is { } key)
        {
            Expect(ref reader, JsonTokenType.String, what);
            if (!Metadata.TryAdd(key, reader.GetString()!))
                throw Fault($"__metadata__ names {FileFault.Quote(key)} twice", "DuplicateKey");
        }
    }

    private Claim ReadTensor(ref Utf8JsonReader reader, string name)
    {
        SafetensorsType? type = null;
        List<ulong>? shape = null;
        List<ulong>? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, $"tensor {FileFault.Quote(name)} must be an object");
        while (NextKey(ref reader) is { } key)
        {
            string where = $"tensor {FileFault.Quote(name)}";
            if (
                key is "dtype" ? type is not null
                : key is "shape" ? shape is not null
                : key is "data_offsets" && offsets is not null
            )
                throw Fault($"{where} gives {key} twice", "DuplicateKey");
            switch (key)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, $"{where} must give its dtype as text");
                    type =
                        SafetensorsType.Named(reader.GetString()!)
                        ?? throw Fault($"{where} has the unknown dtype {FileFault.Quote(reader.GetString()!)}", Deserialization);
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader, SafetensorsHeader.MostDimensions, $"the shape of {where}");
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, 2, $"data_offsets of {where}");
                    break;
                default: // The reference reader ignores other keys, too.
                    reader.Read();
                    reader.Skip();
                    break;
            }
        }
        if (type is null || shape is null || offsets is not [ulong begin, ulong end])
            throw Fault($"tensor {FileFault.Quote(name)} must give a dtype, a shape and two data_offsets", Deserialization);
        if (shape.Exists(size => size > long.MaxValue))
            throw Fault($"tensor {FileFault.Quote(name)} has a size of 2^63 or more", "ValidationOverflow");
        return new Claim(name, type, [.. shape.Select(size => (long)size)], begin, end);
    }

    private List<ulong> ReadNumbers(ref Utf8JsonReader reader, int most, string what)
    {
        var numbers = new List<ulong>();
        Expect(ref reader, JsonTokenType.StartArray, $"{what} must be an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (
                reader.TokenType != JsonTokenType.Number
                || reader.ValueSpan.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
                || !reader.TryGetUInt64(out ulong number)
            )
                throw Fault($"{what} must hold whole numbers below 2^64, in digits alone", Deserialization);
            if (numbers.Count == most)
                throw Fault($"{what} holds more than {most} numbers", most == 2 ? Deserialization : "TooManyDimensions");
            numbers.Add(number);
        }
        return numbers;
    }

    private static string? NextKey(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string sentence)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw Fault(sentence, Deserialization);
    }

    private SimperException Fault(string sentence, string fault) => FileFault.At(path, "its header is wrong: " + sentence, fault);
}
