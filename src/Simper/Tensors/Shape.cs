using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>Checks shapes in public methods.</summary>
internal static class Shape
{
    /// <summary>Throws if <paramref name="tensor"/> does not have the expected shape; -1 matches any length.</summary>
    public static void Expect(Tensor tensor, string name, params ReadOnlySpan<long> wanted)
    {
        // Lengths one by one: the whole shape costs a microsecond, which a token's three hundred products would feel.
        long axes = tensor.dim();
        if (axes != wanted.Length)
            throw new ArgumentException(
                $"{name} has {axes} axes [{string.Join(", ", tensor.shape)}], wanted {wanted.Length}.",
                name
            );
        for (int axis = 0; axis < wanted.Length; axis++)
        {
            long got = tensor.size(axis);
            if (wanted[axis] >= 0 && got != wanted[axis])
                throw new ArgumentException($"{name}: axis {axis} is {got}, wanted {wanted[axis]}.", name);
        }
    }
}
