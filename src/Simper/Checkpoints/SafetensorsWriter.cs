using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Writes one safetensors file. All names, types and shapes are known before the first value, so the header comes first and the
/// tensors follow one at a time; only one of them is in memory, or a part of one.
/// </summary>
internal sealed unsafe class SafetensorsWriter
{
    private const int LargestWrite = 1 << 30;
    private const int HeaderAlignment = 8;

    private readonly NewFile _file;
    private readonly IReadOnlyList<(string Name, TensorEntry Entry)> _tensors;
    private int _written;

    /// <summary>
    /// Writes the header of a file that is empty. Give tensors with the widest types first, so that each begins at a multiple of
    /// its element size.
    /// </summary>
    public SafetensorsWriter(
        NewFile file,
        IReadOnlyList<(string Name, TensorEntry Entry)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        _tensors = tensors;
        byte[] header = Header(tensors, metadata ?? new Dictionary<string, string>());
        _file = file;
        _file.Append(header);
    }

    /// <summary>The bytes that an entry takes in the file.</summary>
    public static long BytesOf(TensorEntry entry) => entry.Count * (SafetensorsType.Of(entry.DType)!.Bits / 8);

    /// <summary>The header entry of a tensor of this type and shape.</summary>
    public static TensorEntry EntryOf(ScalarType type, long[] shape) =>
        new(
            (SafetensorsType.Of(type) ?? throw new ArgumentException($"Safetensors has no type for {type}.", nameof(type))).Name,
            type,
            shape
        );

    /// <summary>Writes the next tensor, converted to the entry's dtype. The caller keeps ownership.</summary>
    public void Write(Tensor tensor)
    {
        (string name, TensorEntry entry) = _tensors[_written++];
        if (!tensor.shape.SequenceEqual(entry.Shape))
            throw Unexpected(name, entry, FileFault.Shape(tensor.shape));
        Append(tensor, entry);
    }

    /// <summary>
    /// Writes the next tensor in parts, rows by rows, which are disposed here: only one of them is alive at a time.
    /// </summary>
    public void Write(IEnumerable<Tensor> parts)
    {
        (string name, TensorEntry entry) = _tensors[_written++];
        long values = 0;
        foreach (Tensor part in parts)
        {
            using Tensor own = part;
            values += own.NumberOfElements;
            if (values > entry.Count)
                break;
            Append(own, entry);
        }
        if (values != entry.Count)
            throw Unexpected(name, entry, $"{(values > entry.Count ? "more than " : "")}{values} values");
    }

    /// <summary>To be called once, after all tensors.</summary>
    public void Finish()
    {
        if (_written != _tensors.Count)
            throw new InvalidOperationException($"{_written} of {_tensors.Count} tensors were written.");
    }

    private static InvalidOperationException Unexpected(string name, TensorEntry entry, string found) =>
        new($"Tensor {name} was announced with shape {FileFault.Shape(entry.Shape)} and has {found}.");

    private void Append(Tensor tensor, TensorEntry entry)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor dense = tensor.detach().to(entry.DType).cpu().contiguous();
        byte* from = TensorMemory.Pointer(dense);
        long bytes = TensorMemory.ByteCount(dense);
        for (long done = 0; done < bytes; done += LargestWrite)
            _file.Append(new ReadOnlySpan<byte>(from + done, (int)Math.Min(LargestWrite, bytes - done)));
    }

    private static byte[] Header(
        IReadOnlyList<(string Name, TensorEntry Entry)> tensors,
        IReadOnlyDictionary<string, string> metadata
    )
    {
        using var text = new MemoryStream();
        text.Write(stackalloc byte[sizeof(long)]);
        using (
            var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        )
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            foreach ((string name, TensorEntry entry) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", entry.FileType);
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset += BytesOf(entry)]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (text.Length % HeaderAlignment != 0)
            text.WriteByte((byte)' ');
        byte[] header = text.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
            return;
        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string key, long[] numbers)
    {
        json.WriteStartArray(key);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
