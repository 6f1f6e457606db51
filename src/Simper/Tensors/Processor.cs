using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Simper.Tensors;

/// <summary>The processor, as its kernels are chosen by it.</summary>
public static class Processor
{
    /// <summary>Its name, as the system has it; empty where it does not say.</summary>
    public static string Name { get; } =
        OfSystem("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";

    /// <summary>Its architecture, such as X64.</summary>
    public static string Architecture => RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>The instruction sets that decide about kernels, the widest last.</summary>
    public static IReadOnlyList<string> InstructionSets { get; } = Sets(OfSystem("flags") ?? "");

    /// <summary>The widest vectors that kernels use.</summary>
    public static string Vectors =>
        Avx512F.IsSupported ? "AVX-512"
        : Avx2.IsSupported ? "AVX2"
        : "other";

    /// <summary>Whether bfloat16 products run on the processor's own unit for them.</summary>
    public static bool HasMatrixUnit => MatrixUnit.IsAvailable;

    private static string[] Sets(string flags) =>
        [
            .. new[]
            {
                ("AVX2", Avx2.IsSupported),
                ("AVX-512", Avx512F.IsSupported),
                ("AVX512-BF16", flags.Contains("avx512_bf16", StringComparison.Ordinal)),
                ("AMX-BF16", flags.Contains("amx_bf16", StringComparison.Ordinal)),
            }
                .Where(s => s.Item2)
                .Select(s => s.Item1),
        ];

    private static string? OfSystem(string key) =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))
                ?.Split(':', 2)[^1]
                .Trim()
            : null;
}
