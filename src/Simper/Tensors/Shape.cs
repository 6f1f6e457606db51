using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>Checks shapes in public methods.</summary>
internal static class Shape
{
    /// <summary>Throws if <paramref name="tensor"/> does not have the expected shape; -1 matches any length.</summary>
    public static void Expect(Tensor tensor, string name, params ReadOnlySpan<long> wanted)
    {
        long[] got = tensor.shape;
        if (got.Length != wanted.Length)
            throw new ArgumentException(
                $"{name} has {got.Length} axes [{string.Join(", ", got)}], wanted {wanted.Length}.",
                name
            );
        for (int axis = 0; axis < got.Length; axis++)
        {
            if (wanted[axis] >= 0 && got[axis] != wanted[axis])
                throw new ArgumentException($"{name}: axis {axis} is {got[axis]}, wanted {wanted[axis]}.", name);
        }
    }
}
