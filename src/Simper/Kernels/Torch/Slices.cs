using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>Large tensors a slice at a time, so that what an operation makes on its way stays small.</summary>
internal static class Slices
{
    /// <summary>Most numbers of a slice.</summary>
    public const long Numbers = 1 << 24;

    /// <summary>Slices of <paramref name="rows"/> rows, each of at least one row.</summary>
    public static IEnumerable<(long First, long Count)> Of(long rows, long rowNumbers = 1, long most = Numbers)
    {
        long count = Math.Max(1, most / Math.Max(1, rowNumbers));
        for (long first = 0; first < rows; first += count)
            yield return (first, Math.Min(count, rows - first));
    }

    /// <summary>The type of sums over a great many numbers: double where the device has it, which MPS has not.</summary>
    public static ScalarType SumType(Tensor numbers) =>
        numbers.device_type == TorchSharp.DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
}
