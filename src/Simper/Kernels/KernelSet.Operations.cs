using static TorchSharp.torch;

namespace Simper.Kernels;

// Legend: N rows, D width, M outputs, T tokens, H heads, K key-value heads, E head width, I inner width, C rows of logits, V
// vocabulary.

// The operations: their formulas, shapes and dtypes.
internal abstract partial class KernelSet
{
    /// <summary>
    /// y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019) [N, D], compute; and 1 / root mean square [N], wide.
    /// </summary>
    /// <param name="x">[N, D], wide.</param>
    /// <param name="weight">[D], wide.</param>
    /// <param name="epsilon">Keeps a row of zeros from dividing by zero; from the model's config.</param>
    public abstract (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon);

    /// <summary>Recomputes the output from the saved 1 / root mean square.</summary>
    public abstract Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms);

    /// <summary>
    /// residual + (g - x̂ mean(g x̂)) / rms with g = dy · w and x̂ = x / rms [N, D], wide; adds dw = Σ dy x̂ to
    /// <paramref name="weightGradient"/>, if given.
    /// </summary>
    public abstract Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    );

    /// <summary>
    /// y = (x - mean(x)) / deviation · w + b with deviation = sqrt(var(x) + ε) (Ba et al. 2016) [N, D], compute; and
    /// 1 / deviation [N], wide.
    /// </summary>
    /// <param name="x">[N, D], wide.</param>
    /// <param name="weight">w [D], wide.</param>
    /// <param name="bias">b [D], wide, or null.</param>
    /// <param name="epsilon">From the model's config.</param>
    public abstract (Tensor Output, Tensor InverseDeviation) LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon);

    /// <summary>Recomputes the output from the saved 1 / deviation.</summary>
    public abstract Tensor LayerNormAgain(Tensor x, Tensor weight, Tensor? bias, Tensor inverseDeviation);

    /// <summary>
    /// residual + (g - mean(g) - x̂ mean(g x̂)) / deviation with g = dy · w and x̂ = (x - mean(x)) / deviation [N, D], wide;
    /// adds dw = Σ dy x̂ to <paramref name="weightGradient"/>, if given.
    /// </summary>
    public abstract Tensor LayerNormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseDeviation,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    );

    /// <summary>
    /// Up to this many rows a product is at least as fast with the kernel for few rows as with the one for many.
    /// </summary>
    public const int FewRows = 8;

    /// <summary>x Wᵀ + b [T, N], compute.</summary>
    /// <param name="x">[T, D], compute.</param>
    /// <param name="weight">W [N, D], compute or packed.</param>
    /// <param name="bias">b [N], compute, or null.</param>
    public abstract Tensor Linear(Tensor x, WeightMatrix weight, Tensor? bias);

    /// <summary>residual + x Wᵀ + b [T, N], wide.</summary>
    /// <param name="residual">[T, N], wide, or null.</param>
    /// <param name="x">[T, D], compute.</param>
    /// <param name="weight">W [N, D], compute or packed.</param>
    /// <param name="bias">b [N], compute, or null.</param>
    public abstract Tensor AddLinear(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias);

    /// <summary>x Wᵀ [T, N], wide, not rounded to the compute dtype: the logits of a few tokens.</summary>
    /// <param name="x">[T, D], compute.</param>
    /// <param name="weight">W [N, D], compute or packed.</param>
    public abstract Tensor WideProduct(Tensor x, WeightMatrix weight);

    /// <summary>Rows of a weight matrix [T, D], wide: the embeddings of tokens.</summary>
    /// <param name="weight">W [N, D], compute or packed.</param>
    /// <param name="ids">[T], int64.</param>
    public abstract Tensor Rows(WeightMatrix weight, Tensor ids);

    /// <summary>Successive rows of a packed matrix [count, D], compute.</summary>
    public abstract Tensor Unpack(PackedMatrix packed, long first, long count);

    /// <summary>Gate and up side by side, x Wᵀ + b [T, 2 I], and act(gate) · up [T, I] as its epilogue; compute.</summary>
    public abstract (Tensor GateUp, Tensor Gated) GatedLinear(Tensor x, WeightMatrix weight, Tensor? bias, Activation activation);

    /// <summary>The gradient of a linear layer's input: dy W [T, D], compute.</summary>
    public abstract Tensor LinearBackward(Tensor dy, WeightMatrix weight);

    /// <summary>
    /// From the gradient of a linear layer over act(gate) · up: that of gate and up [T, 2 I], and act(gate) · up recomputed [T,
    /// I]; compute.
    /// </summary>
    /// <param name="dy">[T, D], compute.</param>
    /// <param name="weight">W [D, I], compute or packed.</param>
    /// <param name="gateUp">[T, 2 I], compute.</param>
    /// <param name="activation">act.</param>
    public abstract (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation
    );

    /// <summary>
    /// The weight gradient of a linear layer, accumulated into its sum or written in its place: sum (+)= dyᵀ x [N, D], wide.
    /// </summary>
    public abstract void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds);

    /// <summary>a + b [N, D], wide, of a wide tensor and a compute one.</summary>
    public abstract Tensor Add(Tensor a, Tensor b);

    /// <summary>x converted to the compute dtype.</summary>
    public abstract Tensor Round(Tensor x);

    /// <summary>act(gate) · up (Shazeer 2020) [T, I], of gate and up side by side [T, 2 I], compute.</summary>
    public abstract Tensor Gate(Tensor gateUp, Activation activation);

    /// <summary>The gradient of gate and up [T, 2 I], compute.</summary>
    public abstract Tensor GateBackward(Tensor gradient, Tensor gateUp, Activation activation);

    /// <summary>act(x) [T, I], compute.</summary>
    public abstract Tensor Activate(Tensor x, Activation activation);

    /// <summary>The gradient of x, dy act'(x) [T, I], compute.</summary>
    public abstract Tensor ActivateBackward(Tensor gradient, Tensor x, Activation activation);

    /// <summary>
    /// g σ(α g) (u + 1) with g = min(gate, c) and u = up limited to -c .. c (gpt-oss) [T, I], of gate and up side by side
    /// [T, 2 I], compute.
    /// </summary>
    /// <param name="gateUp">[T, 2 I], compute.</param>
    /// <param name="clamp">c and α.</param>
    public abstract Tensor ClampedGate(Tensor gateUp, GateClamp clamp);

    /// <summary>The gradient of gate and up [T, 2 I], compute.</summary>
    public abstract Tensor ClampedGateBackward(Tensor gradient, Tensor gateUp, GateClamp clamp);

    /// <summary>
    /// Attention whose softmax has one score s more in each head, whose value is zero: with the log-sum-exp l of the others,
    /// outputs times σ(l - s), and l becomes log(e^l + e^s); in place.
    /// </summary>
    /// <param name="output">[T, H E], compute.</param>
    /// <param name="logSumExp">[T, H], wide.</param>
    /// <param name="sinks">[H], wide.</param>
    public abstract void AddSinks(Tensor output, Tensor logSumExp, Tensor sinks);

    /// <summary>
    /// Rotates the first R values of each query and key of [T, (H + 2 K) E] by their positions' angles, in place (Su et al. 2021;
    /// pairs i, i + R/2).
    /// </summary>
    public abstract void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape);

    /// <summary>
    /// Attention of each segment to itself, causally, and to its ancestors whole: output [T, H E], compute, and log-sum-exp [T,
    /// H], wide.
    /// </summary>
    public abstract (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape);

    /// <summary>
    /// Attention of new tokens to cached ones and to themselves [T, H E], compute: segment i continues caches[i], to which its
    /// keys and values are written. The caller advances the caches' lengths, once all layers are done. Writes the log-sum-exps
    /// [T, H], wide, if asked for.
    /// </summary>
    public abstract Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape,
        Tensor? logSumExp = null
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

    /// <summary>Logits become cap · tanh(logit / cap), in place; in either dtype.</summary>
    public abstract void SoftCap(Tensor logits, double cap);

    /// <summary>log Σ e^logit [C] and log π(target) [C], wide, of logits [C, V], compute, and targets [C], int64.</summary>
    public abstract (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets);

    /// <summary>
    /// Overwrites the logits with dL / d logit = flowing (1[target] - softmax); where they were capped, with the gradient of the
    /// logits before the cap: times 1 - (logit / cap)².
    /// </summary>
    /// <param name="logits">[C, V], compute, as <see cref="LogProbs"/> saw them; overwritten.</param>
    /// <param name="targets">[C], int64.</param>
    /// <param name="logSumExps">[C], wide.</param>
    /// <param name="flowing">dL / d log π(target) [C], wide.</param>
    /// <param name="cap">Of <see cref="SoftCap"/>; 0 for none.</param>
    public abstract void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing, double cap = 0);

    /// <summary>Σ g² of a wide tensor; bit-identical for any number of threads.</summary>
    public abstract double SquareSum(Tensor gradient);

    /// <summary>
    /// Updates weights and their moments from their gradient; all wide, except for split weights: then <paramref name="weights"/>
    /// are the compute halves, and the low bits (int16) are given too.
    /// </summary>
    public abstract void AdamW(Tensor weights, Tensor? lowBits, Tensor gradient, Tensor first, Tensor second, AdamWStep step);

    /// <summary>
    /// Splits values of any dtype into the nearest bfloat16 (ties away from zero) and the low bits that complete the float,
    /// int16, of the same shape.
    /// </summary>
    public abstract void Split(Tensor values, Tensor high, Tensor missing);

    /// <summary>The floats of split weights, bit for bit.</summary>
    public abstract Tensor Join(Tensor high, Tensor missing);
}
