using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A safetensors file, open and validated. <see cref="Read(string)"/> copies a tensor's bytes into new memory; servers use
/// this, since a file truncated meanwhile is then an error. <see cref="View"/> returns a tensor over the mapped file without a
/// copy, for one-shot work on local files: a file truncated under a mapping ends the process. Thread safe until disposed.
/// </summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LargestRead = 1 << 26;
    private const int Piece = 1 << 20; // read and looked at while it is in the processor's cache
    private const int ConvertedValues = 1 << 22;

    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, StoredTensor> _tensors;
    private readonly Lazy<MemoryMappedViewAccessor> _mapping;

    private SafetensorsFile(string path, SafeFileHandle file, SafetensorsHeader header)
    {
        Path = path;
        _file = file;
        Metadata = header.Metadata;
        _tensors = header.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        _mapping = new Lazy<MemoryMappedViewAccessor>(Map);
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <exception cref="SimperException">The file cannot be read, or is not a valid safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle file = FolderFiles.Open(path);
        try
        {
            return new SafetensorsFile(path, file, SafetensorsHeader.Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A new CPU tensor of the stored dtype, which the caller owns.</summary>
    public Tensor Read(string name) => Read(_tensors[name]);

    private Tensor Read(StoredTensor stored)
    {
        Tensor tensor = empty(stored.Shape, stored.DType, CPU);
        try
        {
            byte* into = TensorMemory.Pointer(tensor);
            for (long done = 0; done < stored.Bytes; done += LargestRead)
            {
                int bytes = (int)Math.Min(LargestRead, stored.Bytes - done);
                SafetensorsHeader.ReadFully(_file, Path, new Span<byte>(into + done, bytes), stored.Offset + done);
            }
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a tensor's values into memory that is there, on all cores; of another dtype in pieces, so that no second copy is
    /// ever in memory.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="into">Contiguous memory of as many values.</param>
    /// <returns>How many values are NaN or infinite.</returns>
    public long ReadInto(string name, Tensor into) => ReadInto(_tensors[name], into);

    /// <summary>The same of successive rows, the first axis' numbers.</summary>
    public long ReadRowsInto(string name, long first, Tensor into)
    {
        StoredTensor stored = _tensors[name];
        long rowBytes = stored.Bytes / stored.Shape[0];
        long rows = into.size(0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, stored.Shape[0] - first);
        return ReadInto(
            stored with
            {
                Shape = [rows, .. stored.Shape[1..]],
                Offset = stored.Offset + first * rowBytes,
                Bytes = rows * rowBytes,
            },
            into
        );
    }

    private long ReadInto(StoredTensor stored, Tensor into)
    {
        if (into.device_type != TorchSharp.DeviceType.CPU || !into.is_contiguous())
        {
            using Tensor read = Read(stored);
            into.copy_(read);
            return NonFinite.Count(read);
        }
        if (into.dtype == stored.DType)
            return ReadBytes(stored, (nint)TensorMemory.Pointer(into), 0, stored.Bytes);
        long bad = 0;
        int bits = stored.Type.Bits;
        long count = stored.Bytes * 8 / bits;
        using Tensor flat = into.view(-1);
        for (long at = 0; at < count; at += ConvertedValues)
        {
            long values = Math.Min(ConvertedValues, count - at);
            using Tensor piece = empty([values], stored.DType, CPU);
            bad += ReadBytes(stored, (nint)TensorMemory.Pointer(piece), at * bits / 8, values * bits / 8);
            using Tensor target = flat.narrow(0, at, values);
            target.copy_(piece);
        }
        return bad;
    }

    private long ReadBytes(StoredTensor stored, nint into, long offset, long count)
    {
        long bad = 0;
        try
        {
            Parallel.For(
                0,
                (count + Piece - 1) / Piece,
                piece =>
                {
                    long from = piece * Piece;
                    var bytes = new Span<byte>((byte*)into + from, (int)Math.Min(Piece, count - from));
                    SafetensorsHeader.ReadFully(_file, Path, bytes, stored.Offset + offset + from);
                    if (NonFinite.Count(bytes, stored.DType) is > 0 and var found)
                        Interlocked.Add(ref bad, found);
                }
            );
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<SimperException>().FirstOrDefault() is { } fault)
        {
            throw new SimperException(fault.Message, e);
        }
        return bad;
    }

    /// <summary>
    /// A tensor over the mapped bytes. The mapping lives until its last view is disposed, even after the file is. Writing to a
    /// view changes private copies of the pages, never the file. A tensor whose bytes are not aligned is read instead.
    /// </summary>
    public Tensor View(string name)
    {
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        StoredTensor stored = _tensors[name];
        if (stored.Bytes == 0 || stored.Offset % (stored.Type.Bits / 8) != 0)
            return Read(name);
        MemoryMappedViewAccessor mapping = _mapping.Value;
        return TensorMemory.View(
            mapping.SafeMemoryMappedViewHandle,
            mapping.PointerOffset + stored.Offset,
            stored.DType,
            stored.Shape
        );
    }

    public void Dispose()
    {
        if (_mapping.IsValueCreated)
            _mapping.Value.Dispose();
        _file.Dispose();
    }

    private MemoryMappedViewAccessor Map()
    {
        using var file = MemoryMappedFile.CreateFromFile(
            _file,
            mapName: null,
            capacity: 0,
            MemoryMappedFileAccess.CopyOnWrite,
            HandleInheritability.None,
            leaveOpen: true
        );
        return file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
    }
}
