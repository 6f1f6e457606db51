using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels;

// Legend: N rows, D width, M outputs, T tokens, H heads, K key-value heads, E head width, I inner width, C rows of logits, V
// words.

/// <summary>
/// The closed set of operations of the decoder, over whole tensors: each reads its inputs once, writes its outputs once, and
/// keeps everything in between in registers or the cache, in the wide type. "compute" and "wide" are the types of a
/// <see cref="Precision"/>. Tensors are contiguous and on the CPU. Results belong to the caller (or to the open dispose scope).
/// </summary>
internal abstract class KernelSet
{
    /// <summary>The operations in the types of a precision.</summary>
    public static KernelSet For(Precision precision) =>
        precision.Compute switch
        {
            ScalarType.BFloat16 when MatrixUnit.IsAvailable => BlockKernels.Instance,
            _ => Plain(precision),
        };

    /// <summary>The operations without the processor's bfloat16 products, which judge those with them.</summary>
    public static KernelSet Plain(Precision precision) =>
        precision.Compute switch
        {
            ScalarType.BFloat16 => PlainKernels<BFloat16, float>.Instance,
            ScalarType.Float32 => PlainKernels<float, float>.Instance,
            _ => PlainKernels<double, double>.Instance,
        };

    /// <summary>
    /// y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019) [N, D], compute; and 1 / root mean square [N], wide.
    /// </summary>
    /// <param name="x">[N, D], wide.</param>
    /// <param name="weight">[D], wide.</param>
    /// <param name="epsilon">Keeps a row of zeros from dividing by zero; the model's config has it.</param>
    public abstract (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon);

    /// <summary>The output again, from the 1 / root mean square that was kept.</summary>
    public abstract Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms);

    /// <summary>
    /// residual + (g - x̂ mean(g x̂)) / rms with g = dy · w and x̂ = x / rms [N, D], wide; adds dw = Σ dy x̂ to
    /// <paramref name="weightGradient"/>.
    /// </summary>
    public abstract Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor weightGradient,
        Tensor? residual
    );

    /// <summary>So many rows make a product by a kernel for few rows as fast as by one for many, or faster.</summary>
    public const int FewRows = 8;

    /// <summary>x Wᵀ + b [T, N], compute.</summary>
    /// <param name="x">[T, D], compute.</param>
    /// <param name="weight">W [N, D], compute.</param>
    /// <param name="bias">b [N], compute, or null.</param>
    public abstract Tensor Linear(Tensor x, Tensor weight, Tensor? bias);

    /// <summary>x Wᵀ [T, N], wide; for few rows.</summary>
    public abstract Tensor WideProduct(Tensor x, Tensor weight);

    /// <summary>residual + x Wᵀ + b [T, N], wide.</summary>
    public abstract Tensor AddLinear(Tensor residual, Tensor x, Tensor weight, Tensor? bias);

    /// <summary>Gate and up side by side, x Wᵀ + b [T, 2 I], and silu(gate) · up [T, I]; compute.</summary>
    public abstract (Tensor GateUp, Tensor Unit) GatedLinear(Tensor x, Tensor weight, Tensor? bias);

    /// <summary>The gradient of a linear layer's input: dy W [T, D], compute.</summary>
    public abstract Tensor LinearBackward(Tensor dy, Tensor weight);

    /// <summary>
    /// From the gradient of a linear layer over silu(gate) · up: that of gate and up [T, 2 I], and silu(gate) · up again [T, I];
    /// compute.
    /// </summary>
    /// <param name="dy">[T, D], compute.</param>
    /// <param name="weight">W [D, I], compute.</param>
    /// <param name="gateUp">[T, 2 I], compute.</param>
    public abstract (Tensor GateUp, Tensor Unit) GatedLinearBackward(Tensor dy, Tensor weight, Tensor gateUp);

    /// <summary>
    /// The gradient of a linear layer's weight, added to its sum or put in its place: sum (+)= dyᵀ x [N, D], wide.
    /// </summary>
    public abstract void AddOuterProduct(Tensor sum, Tensor dy, Tensor x, bool adds);

    /// <summary>x in the compute type.</summary>
    public abstract Tensor Round(Tensor x);

    /// <summary>silu(gate) · up (Shazeer 2020, "SwiGLU") [T, I], of gate and up side by side [T, 2 I], compute.</summary>
    public abstract Tensor Gate(Tensor gateUp);

    /// <summary>The gradient of gate and up [T, 2 I], compute.</summary>
    public abstract Tensor GateBackward(Tensor gradient, Tensor gateUp);

    /// <summary>
    /// Turns queries and keys of [T, (H + 2 K) E] by their positions' angles, in place (Su et al. 2021; pairs i, i + E/2).
    /// </summary>
    public abstract void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape);

    /// <summary>
    /// Attention of each segment to itself, causally, and to its ancestors whole: output [T, H E], compute, and log-sum-exp [T,
    /// H], wide.
    /// </summary>
    public abstract (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape);

    /// <summary>
    /// Attention of new tokens behind cached ones [T, H E], compute: segment i goes on behind caches[i], where its keys and
    /// values are written. Only the caller knows when all layers are done, and counts them.
    /// </summary>
    public abstract Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape
    );

    /// <summary>The gradient of queries, keys and values before their rotation [T, (H + 2 K) E], compute.</summary>
    public abstract Tensor AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        Positions at,
        HeadShape shape
    );

    /// <summary>log Σ e^logit [C] and log π(target) [C], wide, of logits [C, V], compute, and targets [C], int64.</summary>
    public abstract (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets);

    /// <summary>Writes dL / d logit = flowing (1[target] - softmax) over the logits.</summary>
    public abstract void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing);
}
