using static TorchSharp.torch;

namespace Simper.Kernels;

/// <summary>What all blocks of a pass share: the layout and the rotations [T, E / 2] of its tokens.</summary>
internal sealed record Positions(TokenLayout Layout, Tensor Cos, Tensor Sin);
