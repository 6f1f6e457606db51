using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>The positions of a pass: as indices [T], and with the rotations of layers without and with a window.</summary>
internal sealed record PassPlaces(Tensor Indices, Positions At, Positions AtInWindow)
{
    /// <summary>Those of a layer.</summary>
    public Positions Of(bool hasWindow) => hasWindow ? AtInWindow : At;
}
