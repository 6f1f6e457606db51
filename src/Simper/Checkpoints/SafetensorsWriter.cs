using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Writes one safetensors file. All names, types and shapes are known before the first value, so the header comes first and the
/// tensors follow one at a time; only one of them is in memory. <see cref="Finish"/> flushes the file to disk. Never point it at
/// a file that is being read: it is for new files in a folder that is renamed when complete.
/// </summary>
internal sealed unsafe class SafetensorsWriter : IDisposable
{
    private const int LargestWrite = 1 << 26;
    private const int HeaderAlignment = 8;

    private readonly SafeFileHandle _file;
    private readonly IReadOnlyList<(string Name, TensorEntry Entry)> _tensors;
    private long _position;
    private int _written;

    /// <summary>
    /// Creates the file, which must not exist, and writes its header. Give tensors with the widest types first, so that each
    /// begins at a multiple of its element size.
    /// </summary>
    public SafetensorsWriter(
        string path,
        IReadOnlyList<(string Name, TensorEntry Entry)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        _tensors = tensors;
        byte[] header = Header(tensors, metadata ?? new Dictionary<string, string>());
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Append(header);
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
            throw new InvalidOperationException(
                $"Tensor {name} was announced with shape {FileFault.Shape(entry.Shape)} and has {FileFault.Shape(tensor.shape)}."
            );
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor dense = tensor.detach().to(entry.DType).cpu().contiguous();
        byte* from = TensorMemory.Pointer(dense);
        long bytes = BytesOf(entry);
        for (long done = 0; done < bytes; done += LargestWrite)
            Append(new ReadOnlySpan<byte>(from + done, (int)Math.Min(LargestWrite, bytes - done)));
    }

    /// <summary>To be called once, after all tensors: flushes the file to disk.</summary>
    public void Finish()
    {
        if (_written != _tensors.Count)
            throw new InvalidOperationException($"{_written} of {_tensors.Count} tensors were written.");
        RandomAccess.FlushToDisk(_file);
    }

    public void Dispose() => _file.Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _position);
        _position += bytes.Length;
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
