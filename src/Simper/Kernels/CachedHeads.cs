using static TorchSharp.torch;

namespace Simper.Kernels;

/// <summary>The cached keys and values of one sequence, in one piece or in pages that sequences share.</summary>
/// <param name="Keys">[layers, K, C, E], rotated, compute dtype: head by head, so that a head's keys are one matrix; capacity C
/// tokens. In pages: [N, layers, K, P, E], N pages of P tokens each.</param>
/// <param name="Values">The same.</param>
/// <param name="Length">Cached tokens.</param>
/// <param name="Pages">Which pages, in order: token t is in page t / P. Null for one piece. New tokens need room there.</param>
internal readonly record struct CachedHeads(Tensor Keys, Tensor Values, int Length, int[]? Pages = null);
