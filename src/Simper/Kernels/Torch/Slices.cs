using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>Processes large tensors a slice at a time, so that temporaries stay small.</summary>
internal static class Slices
{
    /// <summary>Values per slice, at most.</summary>
    public const long Numbers = 1 << 24;

    /// <summary>Slices of <paramref name="rows"/> rows, each of at least one row.</summary>
    public static IEnumerable<(long First, long Count)> Of(long rows, long rowNumbers = 1, long most = Numbers)
    {
        long count = Math.Max(1, most / Math.Max(1, rowNumbers));
        for (long first = 0; first < rows; first += count)
            yield return (first, Math.Min(count, rows - first));
    }

    /// <summary>The dtype of very long sums: double where the device supports it, which MPS does not.</summary>
    public static ScalarType SumType(Tensor numbers) =>
        numbers.device_type == TorchSharp.DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
}
