using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Calls any registered aten operator through libtorch's C interface (<c>torch_call_dispatcher</c>, stable from libtorch 2.10):
/// for operators that TorchSharp lacks. Only this class knows the encoding of the argument stack.
/// <para> Every argument of the operator's schema must be given, defaults included. Arguments of the schema type <c>Scalar</c>
/// cannot be passed. Errors arrive as a return code only; libtorch prints its message to standard error.
/// </para>
/// </summary>
internal static partial class Dispatcher
{
    private const string LibTorch = "torch_cpu";

    private static readonly Lazy<ulong> Abi = new(CheckedAbi);

    /// <summary>
    /// Calls <paramref name="op"/> and returns its first <paramref name="results"/> results as new tensors, which belong to the
    /// caller (or to the thread's dispose scope).
    /// </summary>
    public static unsafe Tensor[] Call(string op, string overload, int results, params ReadOnlySpan<Argument> arguments)
    {
        ulong abi = Abi.Value;
        Span<ulong> stack = stackalloc ulong[Math.Max(arguments.Length, results)];
        for (int i = 0; i < arguments.Length; i++)
            stack[i] = arguments[i].Encode();

        int error;
        fixed (ulong* top = stack)
            error = torch_call_dispatcher(op, overload, top, abi);
        foreach (ref readonly Argument argument in arguments)
            argument.KeepAlive();
        if (error != 0)
            throw new InvalidOperationException(
                $"libtorch refused {op}{(overload.Length > 0 ? "." + overload : "")}; its message is on standard error."
            );

        var tensors = new Tensor[results];
        for (int i = 0; i < results; i++)
            tensors[i] = stack[i] == 0 ? null! : Tensor.UnsafeCreateTensor((nint)stack[i]);
        return tensors;
    }

    private static ulong CheckedAbi()
    {
        try
        {
            _ = get_num_threads(); // Makes TorchSharp load its libraries first, so that both use the same libtorch.
            ulong abi = aoti_torch_abi_version();
            (ulong major, ulong minor) = (abi >> 56, (abi >> 48) & 0xff);
            if (major != 2 || minor != 10)
                throw new SimperException(
                    $"The libtorch that was loaded says it is {major}.{minor}; Simper needs 2.10. "
                        + "Remove the other libtorch from LD_LIBRARY_PATH, or install the package that matches TorchSharp."
                );
            return abi;
        }
        catch (EntryPointNotFoundException e)
        {
            throw new SimperException(
                "The libtorch that was loaded has no C interface to its dispatcher: it is older than 2.10, "
                    + "which Simper needs. Remove the other libtorch from LD_LIBRARY_PATH.",
                e
            );
        }
    }

    [LibraryImport(LibTorch, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int torch_call_dispatcher(string op, string overload, ulong* stack, ulong abi);

    [LibraryImport(LibTorch)]
    private static partial ulong aoti_torch_abi_version();

    [LibraryImport(LibTorch)]
    private static partial int aoti_torch_new_tensor_handle(nint original, out nint handle);

    [LibraryImport(LibTorch)]
    private static partial int torch_new_list_reserve_size(nuint size, out nint list);

    [LibraryImport(LibTorch)]
    private static partial int torch_list_push_back(nint list, ulong element);

    /// <summary>One argument of an operator.</summary>
    public readonly struct Argument
    {
        private readonly object? _tensors;
        private readonly ulong _bits;
        private readonly bool _boxed;

        private Argument(object? tensors, ulong bits, bool boxed) => (_tensors, _bits, _boxed) = (tensors, bits, boxed);

        /// <summary>An omitted optional argument.</summary>
        public static Argument None => new(null, 0, false);

        public static implicit operator Argument(Tensor tensor) => new(tensor, 0, false);

        public static implicit operator Argument(Tensor[] list) => new(list, 0, false);

        public static implicit operator Argument(long value) => new(null, (ulong)value, false);

        public static implicit operator Argument(bool value) => new(null, value ? 1UL : 0UL, false);

        public static implicit operator Argument(double value) => new(null, BitConverter.DoubleToUInt64Bits(value), false);

        /// <summary>A value for an argument whose schema type is optional (<c>float?</c>).</summary>
        public static Argument Optional(double value) => new(null, BitConverter.DoubleToUInt64Bits(value), true);

        /// <summary>A tensor for an argument whose schema type is <c>Tensor?</c>.</summary>
        public static Argument Optional(Tensor tensor) => new(tensor, 0, true);

        internal unsafe ulong Encode()
        {
            ulong bits = _tensors switch
            {
                Tensor tensor => Own(tensor),
                Tensor[] list => OwnList(list),
                _ => _bits,
            };
            if (!_boxed)
                return bits;
            // The callee deletes the slot with free(): NativeMemory is malloc on Linux and macOS, and on Windows the C runtime's.
            ulong* slot = (ulong*)NativeMemory.Alloc(sizeof(ulong));
            *slot = bits;
            return (ulong)slot;
        }

        internal void KeepAlive() => GC.KeepAlive(_tensors);

        private static ulong Own(Tensor tensor)
        {
            if (aoti_torch_new_tensor_handle(tensor.Handle, out nint handle) != 0)
                throw new InvalidOperationException("libtorch could not share a tensor with its dispatcher.");
            return (ulong)handle;
        }

        private static ulong OwnList(Tensor[] tensors)
        {
            if (torch_new_list_reserve_size((nuint)tensors.Length, out nint list) != 0)
                throw new InvalidOperationException("libtorch could not make a list of tensors.");
            foreach (Tensor tensor in tensors)
            {
                if (torch_list_push_back(list, Own(tensor)) != 0)
                    throw new InvalidOperationException("libtorch could not fill a list of tensors.");
            }
            return (ulong)list;
        }
    }
}
