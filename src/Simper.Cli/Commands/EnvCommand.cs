using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Simper.Runs;
using Simper.Tensors;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper env</summary>
internal static class EnvCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command("env", "What this machine is, how fast it multiplies, and the precision that follows from it.");
        command.SetAction(_ =>
        {
            OperatorCheck.Run();
            PrecisionProbe probe = PrecisionProbe.Measure();
            var lines = new (string Name, string Value)[]
            {
                ("simper", typeof(EnvCommand).Assembly.GetName().Version?.ToString(3) ?? ""),
                (".NET", RuntimeInformation.FrameworkDescription),
                ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
                ("processor", Processor()),
                (
                    "cores",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Environment.ProcessorCount}, {TorchSharp.torch.get_num_threads()} threads for tensors"
                    )
                ),
                (
                    "memory",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB, this process at most "
                            + $"{ProcessMemory.Peak() / 1e9:F2} GB so far"
                    )
                ),
                ("TorchSharp", typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString() ?? ""),
                ("libtorch", NativeLibraries.DescribeLibTorch()),
                ("", "self-test passed; " + NativeLibraries.Describe()),
                ("float32", string.Create(CultureInfo.InvariantCulture, $"{probe.Float32:F0} GFLOP/s on one core")),
                ("bfloat16", string.Create(CultureInfo.InvariantCulture, $"{probe.BFloat16:F0} GFLOP/s on one core")),
                ("default precision", $"{probe.Faster} (the faster one here; models are measured at their own width)"),
                (
                    "GPU",
                    $"CUDA is {(Devices.HasCuda ? "" : "not ")}there, MPS is {(Devices.HasMps ? "" : "not ")}there; used "
                        + "where device says so, and untried"
                ),
            };
            foreach ((string name, string value) in lines)
                console.WriteLine($"{(name.Length > 0 ? name + ":" : ""), -19}{value}");
            return 0;
        });
        return command;
    }

    private static string Processor()
    {
        string name = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                ?.Split(':', 2)[1]
                .Trim()
                ?? ""
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";
        string flags = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal)) ?? ""
            : "";
        IEnumerable<string> sets = new[]
        {
            ("AVX2", Avx2.IsSupported),
            ("AVX-512", Avx512F.IsSupported),
            ("AVX512-BF16", flags.Contains("avx512_bf16", StringComparison.Ordinal)),
            ("AMX-BF16", flags.Contains("amx_bf16", StringComparison.Ordinal)),
        }
            .Where(s => s.Item2)
            .Select(s => s.Item1);
        return $"{name} ({string.Join(", ", sets)})";
    }
}
