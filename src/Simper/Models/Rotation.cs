using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, H heads (queries and keys together), E head width.

/// <summary>Rotates the pairs (i, i + E/2) of every head by its position's angle, in place, in the wide type.</summary>
internal static class Rotation
{
    /// <param name="heads">[T, H, E] in the compute type, overwritten.</param>
    /// <param name="cos">[T, 1, E / 2] in the wide type.</param>
    /// <param name="sin">[T, 1, E / 2] in the wide type; negated for the way back.</param>
    public static void Apply(Tensor heads, Tensor cos, Tensor sin)
    {
        long half = heads.shape[2] / 2;
        Tensor first = heads.narrow(2, 0, half), second = heads.narrow(2, half, half);
        // Products of a compute-type and a wide factor are wide (type promotion); the copies below round once.
        Tensor rotatedFirst = first.mul(cos).sub_(second.mul(sin));
        Tensor rotatedSecond = second.mul(cos).add_(first.mul(sin));
        first.copy_(rotatedFirst);
        second.copy_(rotatedSecond);
    }
}
