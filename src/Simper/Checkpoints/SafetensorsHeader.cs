using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// The header of a safetensors file: an 8-byte length, then JSON that names every tensor's type, shape and byte range. Every
/// fault is detected here, before any tensor memory is allocated; the names in brackets at the end of the sentences are those of
/// the reference implementation where it has one.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const int LongestHeader = 100_000_000;
    public const int MostTensors = 1_000_000;
    public const int MostDimensions = 8;
    public const int LongestName = 512;

    private const int LengthBytes = 8;

    private SafetensorsHeader(StoredTensor[] tensors, Dictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The free texts under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public static SafetensorsHeader Read(SafeFileHandle file, string path)
    {
        long fileBytes = RandomAccess.GetLength(file);
        if (fileBytes < LengthBytes)
            throw FileFault.At(
                path,
                $"the file ends after {fileBytes} bytes, inside the length of its header; it is truncated or no "
                    + "safetensors file, fetch it again",
                "HeaderTooSmall"
            );

        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        ReadFully(file, path, lengthBytes, 0);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > LongestHeader)
            throw FileFault.At(
                path,
                $"its header claims {length} bytes, more than the {LongestHeader} the format allows; it is damaged "
                    + "or no safetensors file, fetch it again",
                "HeaderTooLarge"
            );
        if ((long)length > fileBytes - LengthBytes)
            throw FileFault.At(
                path,
                $"its header claims {length} bytes, the file has {fileBytes - LengthBytes} after the length; it is "
                    + "truncated, fetch it again",
                "InvalidHeaderLength"
            );

        byte[] json = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            Span<byte> text = json.AsSpan(0, (int)length);
            ReadFully(file, path, text, LengthBytes);
            return Parse(text, LengthBytes + (long)length, fileBytes, path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(json);
        }
    }

    /// <summary>
    /// Fills <paramref name="into"/> from <paramref name="offset"/> on; an error names a file that was truncated.
    /// </summary>
    public static void ReadFully(SafeFileHandle file, string path, Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            int read = RandomAccess.Read(file, into, offset);
            if (read == 0)
                throw FileFault.At(
                    path,
                    "the file became shorter while it was read; do not write to it while it is in use",
                    "FileShrank"
                );
            into = into[read..];
            offset += read;
        }
    }

    private static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataStart, long fileBytes, string path)
    {
        if (!Utf8.IsValid(json))
            throw FileFault.At(path, "its header is not UTF-8 text; the file is damaged, fetch it again", "InvalidHeader");

        var parser = new SafetensorsHeaderParser(path);
        try
        {
            parser.Parse(json);
        }
        // InvalidOperationException: an escaped lone surrogate in a string.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw FileFault.At(
                path,
                $"its header is not the JSON that the format asks for ({SystemFault.Sentence(e)})",
                "InvalidHeaderDeserialization"
            );
        }
        return new SafetensorsHeader(Placed(parser.Tensors, dataStart, fileBytes, path), parser.Metadata);
    }

    /// <summary>
    /// Sorted by offset, the tensors must fill the rest of the file: no gap, no overlap, nothing after the last.
    /// </summary>
    private static StoredTensor[] Placed(List<SafetensorsHeaderParser.Claim> claims, long dataStart, long fileBytes, string path)
    {
        claims.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        var tensors = new StoredTensor[claims.Count];
        ulong end = 0;
        ulong dataBytes = (ulong)(fileBytes - dataStart);
        for (int i = 0; i < tensors.Length; i++)
        {
            SafetensorsHeaderParser.Claim claim = claims[i];
            if (claim.Begin != end || claim.End < claim.Begin)
                throw FileFault.At(
                    path,
                    $"tensor {FileFault.Quote(claim.Name)} claims bytes {claim.Begin} to {claim.End}, but the tensor "
                        + $"before it ends at {end}; tensors must follow one another without gap or overlap",
                    "InvalidOffset"
                );
            ulong bytes = BytesOf(claim, path);
            if (claim.End - claim.Begin != bytes)
                throw FileFault.At(
                    path,
                    $"tensor {FileFault.Quote(claim.Name)} of type {claim.Type.Name} and shape "
                        + $"{FileFault.Shape(claim.Shape)} takes {bytes} bytes, but {claim.End - claim.Begin} are given",
                    "TensorInvalidInfo"
                );
            end = claim.End;
            if (end > dataBytes)
                break;
            tensors[i] = new StoredTensor(claim.Name, claim.Type, claim.Shape, dataStart + (long)claim.Begin, (long)bytes);
        }
        if (end != dataBytes)
            throw FileFault.At(
                path,
                $"its tensors end at byte {end} of the data, the file has {dataBytes}; it is "
                    + (end > dataBytes ? "truncated, fetch it again" : "followed by bytes of something else"),
                "MetadataIncompleteBuffer"
            );

        foreach (StoredTensor tensor in tensors)
        {
            if (tensor.Type.DType is null)
                throw FileFault.At(
                    path,
                    $"tensor {FileFault.Quote(tensor.Name)} has the type {tensor.Type.Name}, which Simper does not "
                        + "read; convert the checkpoint to BF16, F16 or F32",
                    "UnsupportedDType"
                );
        }
        return tensors;
    }

    private static ulong BytesOf(SafetensorsHeaderParser.Claim claim, string path)
    {
        UInt128 count = 1;
        foreach (long size in claim.Shape)
        {
            // Checked at each step, since a later factor of zero would hide an overflow.
            count *= (UInt128)size;
            if (count > long.MaxValue)
                throw Overflow(claim, path);
        }
        UInt128 bits = count * (UInt128)claim.Type.Bits;
        if (bits >> 3 > long.MaxValue)
            throw Overflow(claim, path);
        if ((bits & 7) != 0)
            throw FileFault.At(
                path,
                $"tensor {FileFault.Quote(claim.Name)} of type {claim.Type.Name} and shape "
                    + $"{FileFault.Shape(claim.Shape)} does not fill whole bytes",
                "MisalignedSlice"
            );
        return (ulong)(bits >> 3);
    }

    private static SimperException Overflow(SafetensorsHeaderParser.Claim claim, string path) =>
        FileFault.At(
            path,
            $"tensor {FileFault.Quote(claim.Name)} has the shape {FileFault.Shape(claim.Shape)}, whose size overflows "
                + "64 bits",
            "ValidationOverflow"
        );
}
