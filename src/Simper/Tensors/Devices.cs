using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>The device of a model, by its name in recipes (<c>device</c>).</summary>
public static class Devices
{
    /// <summary>The names that <see cref="Parse"/> accepts.</summary>
    public const string Names = "auto, cpu, cuda, cuda:1, mps";

    /// <summary>
    /// Parses a name: <c>auto</c> is the first CUDA device if libtorch has one, else the CPU (never MPS, which lacks float64);
    /// <c>cuda</c> is the first one.
    /// </summary>
    /// <exception cref="SimperException">It is not a device's name, or there is no such device.</exception>
    public static Device Parse(string name)
    {
        if (name == "cpu" || (name == "auto" && !HasCuda))
            return CPU;
        if (name == "mps")
            return HasMps ? MPS : throw Missing(name, "this libtorch has no MPS device (macOS on Apple silicon)");
        string number =
            name is "auto" or "cuda" ? "0"
            : name.StartsWith("cuda:", StringComparison.Ordinal) ? name[5..]
            : "";
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            throw new SimperException($"device is \"{name}\"; it has to be one of {Names}.");
        if (!HasCuda)
            throw Missing(
                name,
                "this libtorch has no CUDA device; it takes the package libtorch-cuda-12.8-linux-x64 (or -win-x64) and a driver"
            );
        int count = cuda.device_count();
        return index < count ? device(DeviceType.CUDA, index) : throw Missing(name, $"there are {count} CUDA devices, from 0 on");
    }

    /// <summary>Whether libtorch has a CUDA device.</summary>
    public static bool HasCuda => cuda.is_available();

    /// <summary>Whether libtorch has Apple's Metal device.</summary>
    public static bool HasMps => mps_is_available();

    private static SimperException Missing(string name, string why) => new($"device is \"{name}\", but {why}; give device: cpu.");
}
