using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
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
                ("processor", $"{Processor.Name} ({string.Join(", ", Processor.InstructionSets)})"),
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
}
