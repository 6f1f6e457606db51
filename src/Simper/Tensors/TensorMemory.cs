using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// The memory of a tensor: the address of its values, and tensors over foreign memory without a copy. These are the only calls
/// below TorchSharp's managed API that concern memory (with the signatures of LibTorchSharp 0.107). Thread safe.
/// </summary>
internal static unsafe partial class TensorMemory
{
    private const string Bridge = "LibTorchSharp";

    /// <summary>
    /// How many live tensors use each address, and what keeps that memory alive: libtorch passes back only the address.
    /// </summary>
    private static readonly ConcurrentDictionary<nint, (SafeBuffer Owner, int Tensors)> Owners = new();

    /// <summary>
    /// A CPU tensor over the bytes of <paramref name="owner"/> from <paramref name="offset"/>. The memory stays valid until the
    /// last tensor over it is gone, whenever the owner is disposed. The caller owns the tensor and has checked that the values
    /// are inside the owner.
    /// </summary>
    public static Tensor View(SafeBuffer owner, long offset, ScalarType type, long[] shape)
    {
        byte* start = null;
        owner.AcquirePointer(ref start);
        nint address = (nint)(start + offset);
        Owners.AddOrUpdate(address, (owner, 1), (_, held) => (held.Owner, held.Tensors + 1));
        try
        {
            return Over(address, &OnTensorGone, type, shape);
        }
        catch (InvalidOperationException)
        {
            Release(address);
            throw;
        }
    }

    /// <summary>
    /// A CPU tensor over memory at an address; <paramref name="onGone"/> is called when the last tensor over it is gone.
    /// </summary>
    public static Tensor Over(
        nint address,
        delegate* unmanaged[Cdecl]<nint, void> onGone,
        ScalarType type,
        ReadOnlySpan<long> shape
    )
    {
        fixed (long* sizes = shape)
        {
            nint handle = NewTensor(address, onGone, sizes, shape.Length, (sbyte)type, (sbyte)type, (int)DeviceType.CPU, -1, 0);
            if (handle == 0)
                throw new InvalidOperationException($"libtorch made no tensor of type {type} over given memory.");
            // A LibTorchSharp with other argument types is detected here, before a wrong value is read.
            if (DataPointer(handle) != address)
                throw new InvalidOperationException("This LibTorchSharp does not lay tensors over memory as version 0.107 does.");
            return Tensor.UnsafeCreateTensor(handle);
        }
    }

    /// <summary>The address of a contiguous CPU tensor's values, valid as long as the tensor lives.</summary>
    public static byte* Pointer(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException("The tensor must be contiguous and on the CPU.", nameof(tensor));
        return (byte*)DataPointer(tensor.Handle);
    }

    /// <summary>A row of a contiguous float32 matrix on the CPU, without a copy, valid as long as the tensor lives.</summary>
    public static ReadOnlySpan<float> Row(Tensor matrix, int row)
    {
        if (matrix.dtype != ScalarType.Float32)
            throw new ArgumentException("The matrix must be of float32.", nameof(matrix));
        long width = matrix.shape[1];
        return new ReadOnlySpan<float>((float*)Pointer(matrix) + row * width, (int)width);
    }

    /// <summary>All values of a float32 tensor on the CPU, without a copy, valid as long as the tensor lives.</summary>
    public static ReadOnlySpan<float> Floats(Tensor values)
    {
        if (values.dtype != ScalarType.Float32)
            throw new ArgumentException("The values must be of float32.", nameof(values));
        return new ReadOnlySpan<float>((float*)Pointer(values), checked((int)values.NumberOfElements));
    }

    /// <summary>The bytes that a tensor's values take.</summary>
    public static long ByteCount(Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnTensorGone(nint address) => Release(address);

    private static void Release(nint address)
    {
        while (Owners.TryGetValue(address, out (SafeBuffer Owner, int Tensors) held))
        {
            bool done =
                held.Tensors == 1
                    ? Owners.TryRemove(KeyValuePair.Create(address, held))
                    : Owners.TryUpdate(address, (held.Owner, held.Tensors - 1), held);
            if (!done)
                continue;
            held.Owner.ReleasePointer();
            return;
        }
    }

    [LibraryImport(Bridge, EntryPoint = "THSTensor_new")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial nint NewTensor(
        nint data,
        delegate* unmanaged[Cdecl]<nint, void> deleter,
        long* sizes,
        int count,
        sbyte elementType,
        sbyte type,
        int deviceType,
        int deviceIndex,
        byte requiresGrad
    );

    [LibraryImport(Bridge, EntryPoint = "THSTensor_data")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial nint DataPointer(nint tensor);
}
