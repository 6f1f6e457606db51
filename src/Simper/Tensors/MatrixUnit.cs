using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Small products of bfloat16 blocks with float32 sums, with the processor's instructions for them (AVX512-BF16, AMX), by the
/// micro-kernel that libtorch's own fused attention uses (<c>at::native::cpublas::brgemm</c>, oneDNN inside). .NET has no such
/// instructions yet. The function is C++, so its mangled name includes its signature; if that is not found, or the processor
/// lacks the instructions, the unit is not available and products use libtorch's operators. Kernels are compiled on the first use
/// of a shape on a thread.
/// </summary>
internal static unsafe class MatrixUnit
{
    private const string Brgemm = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";
    private const string Release = "_ZN2at6native7cpublas14brgemm_releaseEb";

    private static readonly delegate* unmanaged[Cdecl]<
        long,
        long,
        long,
        long,
        long,
        long,
        byte,
        BFloat16*,
        void*,
        float*,
        byte,
        void> Product;
    private static readonly delegate* unmanaged[Cdecl]<byte, void> ReleaseTiles;

    static MatrixUnit()
    {
        if (!HasInstructions() || Library() is not nint library)
            return;
        if (
            NativeLibrary.TryGetExport(library, Release, out nint release)
            && NativeLibrary.TryGetExport(library, Brgemm, out nint product)
        )
        {
            Product = (delegate* unmanaged[Cdecl]<
                long,
                long,
                long,
                long,
                long,
                long,
                byte,
                BFloat16*,
                void*,
                float*,
                byte,
                void>)product;
            ReleaseTiles = (delegate* unmanaged[Cdecl]<byte, void>)release;
            IsAvailable = Multiplies();
        }
    }

    /// <summary>Whether <see cref="Multiply"/> may be called.</summary>
    public static bool IsAvailable { get; }

    /// <summary>C (+)= A B.</summary>
    /// <param name="rows">Rows of A and C, at least 1; up to 64 fit the caches.</param>
    /// <param name="columns">Columns of B and C, at least 1.</param>
    /// <param name="depth">Columns of A and rows of B; even.</param>
    /// <param name="a">A[i, p] at a[i * aRow + p].</param>
    /// <param name="aRow">Row stride of A.</param>
    /// <param name="b">Pairs of B's rows: B[2p, j] and B[2p + 1, j] side by side in b[p * bRow + j].</param>
    /// <param name="bRow">Stride of B's row pairs.</param>
    /// <param name="c">C[i, j] at c[i * cRow + j].</param>
    /// <param name="cRow">Row stride of C.</param>
    /// <param name="adds">Whether to accumulate into C.</param>
    public static void Multiply(
        int rows,
        int columns,
        int depth,
        BFloat16* a,
        int aRow,
        uint* b,
        int bRow,
        float* c,
        int cRow,
        bool adds
    ) => Product(rows, columns, depth, aRow, bRow, cRow, adds ? (byte)1 : (byte)0, a, b, c, 1);

    /// <summary>
    /// Releases the processor's tile registers, if it has some (AMX): at the end of a thread's work, before other code runs on
    /// it.
    /// </summary>
    public static void Rest() => ReleaseTiles(1);

    // CPUID leaf 7, subleaf 1, EAX bit 5: AVX512-BF16. Without it libtorch would emulate the instructions, more slowly than
    // float32.
    private static bool HasInstructions() =>
        Avx512BW.IsSupported && X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    private static nint? Library()
    {
        _ = get_num_threads(); // loads libtorch
        return NativeLibrary.TryLoad("torch_cpu", typeof(MatrixUnit).Assembly, null, out nint library) ? library : null;
    }

    // A libtorch with another layout of B is detected here. [1 2] [5 6; 7 8] = [19 22].
    private static bool Multiplies()
    {
        BFloat16* a = stackalloc BFloat16[2] { (BFloat16)1f, (BFloat16)2f };
        uint* b = stackalloc uint[2] { Pair(5, 7), Pair(6, 8) };
        float* c = stackalloc float[2] { 1, 1 };
        Multiply(1, 2, 2, a, 2, b, 2, c, 2, adds: true);
        Rest();
        return c[0] == 20 && c[1] == 23;

        static uint Pair(float even, float odd) =>
            BitConverter.SingleToUInt32Bits(even) >> 16 | BitConverter.SingleToUInt32Bits(odd) & 0xffff0000;
    }
}
