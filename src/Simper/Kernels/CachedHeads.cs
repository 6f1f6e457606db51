using static TorchSharp.torch;

namespace Simper.Kernels;

/// <summary>The cached keys and values of one sequence.</summary>
/// <param name="Keys">[layers, K, C, E], rotated, compute dtype: head by head, so that a head's keys are one matrix; capacity C
/// tokens.</param>
/// <param name="Values">[layers, K, C, E], compute dtype.</param>
/// <param name="Length">Cached tokens.</param>
internal readonly record struct CachedHeads(Tensor Keys, Tensor Values, int Length);
