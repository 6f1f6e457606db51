using System.Text;

namespace Simper.Checkpoints;

/// <summary>The header of a GGUF file: keys, tensor descriptions, and the padding before the first tensor.</summary>
internal sealed class GgufHeaderBytes
{
    private const int Alignment = 32;
    private const uint Version = 3;

    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    public GgufHeaderBytes(IReadOnlyList<KeyValuePair<string, object>> keys, IReadOnlyList<GgufPlannedTensor> tensors)
    {
        _writer = new BinaryWriter(_bytes);
        _writer.Write("GGUF"u8);
        _writer.Write(Version);
        _writer.Write((ulong)tensors.Count);
        _writer.Write((ulong)keys.Count);
        foreach ((string key, object value) in keys)
        {
            Text(key);
            _writer.Write(TypeOf(value));
            Value(value);
        }
        ulong offset = 0;
        foreach (GgufPlannedTensor tensor in tensors)
        {
            Text(tensor.Name);
            _writer.Write((uint)tensor.Shape.Length);
            foreach (long size in tensor.Shape.Reverse()) // the file's order is innermost first
                _writer.Write((ulong)size);
            _writer.Write(tensor.Type.Id);
            _writer.Write(offset);
            offset += (ulong)(tensor.Bytes + Padding(tensor.Bytes));
        }
        _writer.Write(new byte[Padding(_bytes.Length)]);
    }

    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>The bytes from a length to the next multiple of the alignment.</summary>
    public static int Padding(long length) => (int)((Alignment - length % Alignment) % Alignment);

    private void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        _writer.Write((ulong)bytes.Length);
        _writer.Write(bytes);
    }

    private static uint TypeOf(object value) =>
        value switch
        {
            uint => 4,
            int => 5,
            float => 6,
            bool => 7,
            string => 8,
            Array => 9,
            ulong => 10,
            long => 11,
            double => 12,
            _ => throw new ArgumentException($"GGUF keys hold no {value.GetType().Name}.", nameof(value)),
        };

    private static uint TypeOfItems(Array items) =>
        items switch
        {
            string[] => TypeOf(""),
            int[] => TypeOf(0),
            float[] => TypeOf(0f),
            bool[] => TypeOf(false),
            _ => throw new ArgumentException($"GGUF keys hold no {items.GetType().Name}.", nameof(items)),
        };

    private void Value(object value)
    {
        switch (value)
        {
            case uint number:
                _writer.Write(number);
                break;
            case int number:
                _writer.Write(number);
                break;
            case float number:
                _writer.Write(number);
                break;
            case ulong number:
                _writer.Write(number);
                break;
            case long number:
                _writer.Write(number);
                break;
            case double number:
                _writer.Write(number);
                break;
            case bool truth:
                _writer.Write(truth);
                break;
            case string text:
                Text(text);
                break;
            case Array items:
                _writer.Write(TypeOfItems(items));
                _writer.Write((ulong)items.Length);
                foreach (object item in items)
                    Value(item);
                break;
        }
    }
}
