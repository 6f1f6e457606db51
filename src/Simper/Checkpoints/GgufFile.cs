using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A GGUF file, version 2 or 3, little-endian: its keys, its tensors under their own names, and their values. The whole header
/// is validated when it is opened. <see cref="Read(string)"/> copies and dequantises; <see cref="Map"/> leaves a matrix where it
/// lies.
/// Thread safe until disposed.
/// </summary>
internal sealed unsafe class GgufFile : IDisposable
{
    private const int ValuesPerTask = 1 << 17;
    private const int LargestRead = 1 << 26;

    private readonly SafeFileHandle _file;
    private readonly Lazy<MemoryMappedViewAccessor> _mapping;

    private GgufFile(string path, SafeFileHandle file, GgufHeader header)
    {
        Path = path;
        _file = file;
        Metadata = header.Metadata;
        Tensors = header.Tensors;
        _mapping = new Lazy<MemoryMappedViewAccessor>(MapFile);
    }

    public string Path { get; }

    public GgufMetadata Metadata { get; }

    public IReadOnlyDictionary<string, GgufTensor> Tensors { get; }

    /// <exception cref="SimperException">The file cannot be read, or is not a valid GGUF file.</exception>
    public static GgufFile Open(string path)
    {
        SafeFileHandle file = FolderFiles.Open(path);
        try
        {
            return new GgufFile(path, file, GgufHeader.Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A new CPU tensor that the caller owns: plain types as stored, quantised ones as float32.</summary>
    public Tensor Read(string name) => Read(Tensors[name]);

    private Tensor Read(GgufTensor stored)
    {
        CheckReadable(stored);
        Tensor tensor = empty(stored.Shape, stored.DType, CPU);
        try
        {
            byte* into = TensorMemory.Pointer(tensor);
            if (stored.Type.Decoder is { } decoder)
                Dequantise(stored, decoder, (float*)into);
            else
                Copy(stored, into);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Some rows, all axes but the last counting as rows, in a new tensor [count, columns] that the caller owns.
    /// </summary>
    public Tensor ReadRows(string name, long first, long count)
    {
        GgufTensor stored = Tensors[name];
        long columns = stored.Shape[^1];
        long rowBytes = columns / stored.Type.Values * stored.Type.Bytes;
        return Read(
            stored with
            {
                Shape = [count, columns],
                Offset = stored.Offset + first * rowBytes,
                Bytes = count * rowBytes,
            }
        );
    }

    public void CheckReadable(GgufTensor tensor)
    {
        if (!tensor.Type.Readable)
            throw FileFault.At(
                Path,
                $"tensor {FileFault.Quote(tensor.Name)} has the type {tensor.Type.Name}, which Simper does not read; take "
                    + "a file in F16, BF16, Q8_0 or one of the Q4, Q5, Q6 types",
                "UnsupportedTensorType"
            );
    }

    /// <summary>
    /// A matrix over the mapped file, or null where it cannot stay as it is (<see cref="PackedRows.Reads"/>). The caller owns it;
    /// it outlives this object.
    /// </summary>
    /// <param name="name">The tensor's name in the file.</param>
    /// <param name="rotatedHeads">Heads whose rows are in the file's own order; 0 for none.</param>
    public PackedRows? Map(string name, long rotatedHeads = 0)
    {
        GgufTensor stored = Tensors[name];
        return stored.Shape is [var rows, _] ? Mapped(stored, 0, rows, rotatedHeads) : null;
    }

    /// <summary>The same of some rows, all axes but the last counting as rows: of all experts, one.</summary>
    public PackedRows? MapRows(string name, long first, long count) => Mapped(Tensors[name], first, count, rotatedHeads: 0);

    private PackedRows? Mapped(GgufTensor stored, long first, long count, long rotatedHeads)
    {
        if (stored.Shape.Length < 2 || stored.Bytes == 0 || !PackedRows.Reads(stored.Type))
            return null;
        long columns = stored.Shape[^1];
        long rowBytes = columns / stored.Type.Values * stored.Type.Bytes;
        MemoryMappedViewAccessor mapping = _mapping.Value;
        Tensor bytes = TensorMemory.View(
            mapping.SafeMemoryMappedViewHandle,
            mapping.PointerOffset + stored.Offset + first * rowBytes,
            ScalarType.Byte,
            [count, rowBytes]
        );
        return new PackedRows(bytes, stored.Type, columns, rotatedHeads);
    }

    public void Dispose()
    {
        if (_mapping.IsValueCreated)
            _mapping.Value.Dispose(); // tensors over it keep the pages
        _file.Dispose();
    }

    private MemoryMappedViewAccessor MapFile()
    {
        using var file = MemoryMappedFile.CreateFromFile(
            _file,
            mapName: null,
            capacity: 0,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: true
        );
        return file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    private void Copy(GgufTensor stored, byte* into)
    {
        for (long done = 0; done < stored.Bytes; done += LargestRead)
        {
            int bytes = (int)Math.Min(LargestRead, stored.Bytes - done);
            SafetensorsHeader.ReadFully(_file, Path, new Span<byte>(into + done, bytes), stored.Offset + done);
        }
    }

    private void Dequantise(GgufTensor stored, BlockDecoder decoder, float* into)
    {
        (int values, int bytes) = (stored.Type.Values, stored.Type.Bytes);
        long blocks = stored.Bytes / bytes;
        int blocksPerTask = ValuesPerTask / values;
        long tasks = (blocks + blocksPerTask - 1) / blocksPerTask;

        void Run(long task)
        {
            long first = task * blocksPerTask;
            int count = (int)Math.Min(blocksPerTask, blocks - first);
            byte[] rented = ArrayPool<byte>.Shared.Rent(count * bytes);
            try
            {
                Span<byte> packed = rented.AsSpan(0, count * bytes);
                SafetensorsHeader.ReadFully(_file, Path, packed, stored.Offset + first * bytes);
                float* to = into + first * values;
                for (int block = 0; block < count; block++)
                    decoder(packed.Slice(block * bytes, bytes), new Span<float>(to + (long)block * values, values));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }

        try
        {
            Parallel.For(0, tasks, Run);
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<SimperException>().FirstOrDefault() is { } fault)
        {
            throw new SimperException(fault.Message, e);
        }
    }
}
