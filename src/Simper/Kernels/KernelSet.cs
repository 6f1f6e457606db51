using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels;

// Legend: N rows, D width, M outputs, T tokens, H heads, K key-value heads, E head width, I inner width, C rows of logits, V words.

/// <summary>
/// The closed set of operations between matrix products, over whole tensors: each reads its inputs once, writes its outputs once, and
/// keeps everything in between in registers or the cache, in the wide type. "compute" and "wide" are the types of a
/// <see cref="Precision"/>. Tensors are contiguous and on the CPU. Results belong to the caller (or to the open dispose scope).
/// </summary>
internal abstract class KernelSet
{
    /// <summary>The operations in the types of a precision.</summary>
    public static KernelSet For(Precision precision) => precision.Compute switch
    {
        ScalarType.BFloat16 => Bound<BFloat16, float>.Instance,
        ScalarType.Float32 => Bound<float, float>.Instance,
        _ => Bound<double, double>.Instance,
    };

    /// <summary>y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019) [N, D], compute; and 1 / root mean square [N], wide.</summary>
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
    public abstract Tensor NormBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor weight, Tensor weightGradient, Tensor? residual);

    /// <summary>So many rows make a product by our own kernel as fast as by libtorch's, or faster.</summary>
    public const int FewRows = 8;

    /// <summary>x Wᵀ [N, M], compute: up to <see cref="FewRows"/> rows by our own kernel, more by libtorch.</summary>
    /// <param name="x">[N, D], compute.</param>
    /// <param name="weight">W [M, D], compute.</param>
    public abstract Tensor Product(Tensor x, Tensor weight);

    /// <summary>x Wᵀ [N, M], wide, by our own kernel.</summary>
    public abstract Tensor WideProduct(Tensor x, Tensor weight);

    /// <summary>a + b [.., D], wide; a is wide, b compute.</summary>
    public abstract Tensor Add(Tensor a, Tensor b);

    /// <summary>x in the compute type.</summary>
    public abstract Tensor Round(Tensor x);

    /// <summary>sum += term, or sum = term; sum is wide, term compute.</summary>
    public abstract void Accumulate(Tensor sum, Tensor term, bool adds);

    /// <summary>silu(gate) · up (Shazeer 2020, "SwiGLU") [T, I], of gate and up side by side [T, 2 I], compute.</summary>
    public abstract Tensor Gate(Tensor gateUp);

    /// <summary>The gradient of gate and up [T, 2 I], compute.</summary>
    public abstract Tensor GateBackward(Tensor gradient, Tensor gateUp);

    /// <summary>Turns queries and keys of [T, (H + 2 K) E] by their positions' angles, in place (Su et al. 2021; pairs i, i + E/2).</summary>
    public abstract void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape);

    /// <summary>Attention of each segment to itself, causally, and to its ancestors whole: output [T, H E], compute, and log-sum-exp [T, H], wide.</summary>
    public abstract (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape);

    /// <summary>
    /// Attention of new tokens behind cached ones [T, H E], compute: segment i goes on behind caches[i], where its keys and values are
    /// written. Only the caller knows when all layers are done, and counts them.
    /// </summary>
    public abstract Tensor AttendCached(Tensor queryKeyValue, TokenLayout fresh, IReadOnlyList<CachedHeads> caches, int layer, HeadShape shape);

    /// <summary>The gradient of queries, keys and values before their rotation [T, (H + 2 K) E], compute.</summary>
    public abstract Tensor AttendBackward(Tensor gradient, Tensor queryKeyValue, Tensor output, Tensor logSumExp, Positions at, HeadShape shape);

    /// <summary>log Σ e^logit [C] and log π(target) [C], wide, of logits [C, V], compute, and targets [C], int64.</summary>
    public abstract (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets);

    /// <summary>Writes dL / d logit = flowing (1[target] - softmax) over the logits.</summary>
    public abstract void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing);

    private sealed unsafe class Bound<TCompute, TWide> : KernelSet
        where TCompute : unmanaged
        where TWide : unmanaged
    {
        public static readonly Bound<TCompute, TWide> Instance = new();

        private static readonly ScalarType ComputeType = TypeOf<TCompute>(), WideType = TypeOf<TWide>();

        public override (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon)
        {
            Tensor inverseRms = empty([x.shape[0]], dtype: WideType);
            return (Norm(x, weight, inverseRms, epsilon, knowsRms: false), inverseRms);
        }

        public override Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms) => Norm(x, weight, inverseRms, 0, knowsRms: true);

        private static Tensor Norm(Tensor x, Tensor weight, Tensor inverseRms, double epsilon, bool knowsRms)
        {
            Tensor output = Rows.Empty(x.shape[0], x.shape[1], ComputeType);
            Workers.Run(new RmsNormKernel<TCompute, TWide>.Forward
            {
                X = Wide(x),
                Weight = Wide(weight),
                InverseRms = Wide(inverseRms),
                Output = Compute(output),
                Rows = x.shape[0],
                Width = (int)x.shape[1],
                Epsilon = epsilon,
                KnowsRms = knowsRms,
            }, RmsNormKernel<TCompute, TWide>.Blocks(x.shape[0]));
            return output;
        }

        public override Tensor NormBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor weight, Tensor weightGradient, Tensor? residual)
        {
            Tensor result = Rows.Empty(x.shape[0], x.shape[1], WideType);
            int blocks = RmsNormKernel<TCompute, TWide>.Blocks(x.shape[0]);
            using Tensor parts = empty([blocks, x.shape[1]], dtype: WideType);
            Workers.Run(new RmsNormKernel<TCompute, TWide>.Backward
            {
                Flowing = Compute(dy),
                X = Wide(x),
                Weight = Wide(weight),
                InverseRms = Wide(inverseRms),
                Residual = residual is null ? null : Wide(residual),
                Result = Wide(result),
                WeightParts = Wide(parts),
                Rows = x.shape[0],
                Width = (int)x.shape[1],
            }, blocks);
            using Tensor sum = parts.sum([0L]); // a bare 0 would be read as a ScalarType
            weightGradient.add_(sum);
            return result;
        }

        public override Tensor Product(Tensor x, Tensor weight)
        {
            if (x.shape[0] > FewRows)
            {
                using Tensor transposed = weight.t();
                return Rows.Multiply(x, transposed);
            }
            Tensor result = empty([x.shape[0], weight.shape[0]], dtype: ComputeType);
            LinearKernel<TCompute, TWide>.Operands operands = Operands(x, weight);
            Workers.Run(new LinearKernel<TCompute, TWide>.Rounded { Of = operands, Result = Compute(result) }, operands.Items);
            return result;
        }

        public override Tensor WideProduct(Tensor x, Tensor weight)
        {
            Tensor result = empty([x.shape[0], weight.shape[0]], dtype: WideType);
            LinearKernel<TCompute, TWide>.Operands operands = Operands(x, weight);
            Workers.Run(new LinearKernel<TCompute, TWide>.Wide { Of = operands, Residual = null, Result = Wide(result) }, operands.Items);
            return result;
        }

        private static LinearKernel<TCompute, TWide>.Operands Operands(Tensor x, Tensor weight)
        {
            Shape.Expect(x, nameof(x), -1, weight.shape[1]);
            return new(Compute(x), Compute(weight), null, (int)x.shape[0], (int)weight.shape[1], (int)weight.shape[0]);
        }

        public override Tensor Add(Tensor a, Tensor b)
        {
            Tensor result = Rows.Empty(a.shape[0], a.shape[1], WideType);
            Sum(a, b, result);
            return result;
        }

        public override Tensor Round(Tensor x)
        {
            if (ComputeType == WideType)
                return x.alias();
            Tensor result = Rows.Empty(x.shape[0], x.shape[1], ComputeType);
            Workers.Run(new ElementKernels<TCompute, TWide>.Round { X = Wide(x), Result = Compute(result), Numbers = x.numel() },
                ElementKernels<TCompute, TWide>.Blocks(x.numel()));
            return result;
        }

        public override void Accumulate(Tensor sum, Tensor term, bool adds)
        {
            if (adds)
                Sum(sum, term, sum);
            else
                Workers.Run(new ElementKernels<TCompute, TWide>.Widen { X = Compute(term), Result = Wide(sum), Numbers = term.numel() },
                    ElementKernels<TCompute, TWide>.Blocks(term.numel()));
        }

        private static void Sum(Tensor a, Tensor b, Tensor result) =>
            Workers.Run(new ElementKernels<TCompute, TWide>.Sum { A = Wide(a), B = Compute(b), Result = Wide(result), Numbers = a.numel() },
                ElementKernels<TCompute, TWide>.Blocks(a.numel()));

        public override Tensor Gate(Tensor gateUp)
        {
            int inner = (int)gateUp.shape[1] / 2;
            Tensor result = Rows.Empty(gateUp.shape[0], inner, ComputeType);
            Workers.Run(new ElementKernels<TCompute, TWide>.Gate { GateUp = Compute(gateUp), Result = Compute(result), Inner = inner }, (int)gateUp.shape[0]);
            return result;
        }

        public override Tensor GateBackward(Tensor gradient, Tensor gateUp)
        {
            Tensor result = Rows.Empty(gateUp.shape[0], gateUp.shape[1], ComputeType);
            Workers.Run(new ElementKernels<TCompute, TWide>.GateBackward
            {
                Flowing = Compute(gradient),
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = (int)gateUp.shape[1] / 2,
            }, (int)gateUp.shape[0]);
            return result;
        }

        public override void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape) =>
            Workers.Run(new ElementKernels<TCompute, TWide>.Rotate
            {
                Heads = Compute(queryKeyValue),
                Cos = Wide(cos),
                Sin = Wide(sin),
                RowNumbers = (int)queryKeyValue.shape[1],
                Turned = shape.Heads + shape.KeyValueHeads,
                HeadWidth = shape.HeadWidth,
            }, (int)queryKeyValue.shape[0]);

        public override (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape)
        {
            Tensor output = Rows.Empty(layout.Tokens, shape.QueryWidth, ComputeType);
            Tensor logSumExp = Rows.Empty(layout.Tokens, shape.Heads, WideType);
            Workers.Run(new AttentionKernel<TCompute, TWide>.Forward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = layout,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
            }, layout.Segments.Count * shape.KeyValueHeads);
            return (output, logSumExp);
        }

        public override Tensor AttendBackward(Tensor gradient, Tensor queryKeyValue, Tensor output, Tensor logSumExp, Positions at, HeadShape shape)
        {
            Tensor result = Rows.Empty(queryKeyValue.shape[0], queryKeyValue.shape[1], ComputeType);
            long tokens = at.Layout.Tokens;
            using Tensor dQuery = Rows.Empty(tokens, shape.QueryWidth, WideType);
            using Tensor dKey = Rows.Empty(tokens, shape.QueryWidth, WideType); // [H, T, E] in truth
            using Tensor dValue = Rows.Empty(tokens, shape.QueryWidth, WideType);
            IReadOnlyList<(int, int)> trees = at.Layout.Trees();
            Workers.Run(new AttentionKernel<TCompute, TWide>.Backward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = at.Layout,
                Trees = trees,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
                Flowing = Compute(gradient),
                Query = Wide(dQuery),
                Key = Wide(dKey),
                Value = Wide(dValue),
            }, trees.Count * shape.Heads);
            Workers.Run(new HeadGradients<TCompute, TWide>
            {
                Query = Wide(dQuery),
                Key = Wide(dKey),
                Value = Wide(dValue),
                Cos = Wide(at.Cos),
                Sin = Wide(at.Sin),
                Result = Compute(result),
                Tokens = tokens,
                Heads = shape.Heads,
                KeyValueHeads = shape.KeyValueHeads,
                HeadWidth = shape.HeadWidth,
            }, (int)tokens);
            return result;
        }

        public override Tensor AttendCached(Tensor queryKeyValue, TokenLayout fresh, IReadOnlyList<CachedHeads> caches, int layer, HeadShape shape)
        {
            var append = new CachedAttentionKernel<TCompute, TWide>.Append
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = fresh,
                Caches = [.. caches.Select(c => new CacheRows<TCompute>(c))],
                Layer = layer,
            };
            int items = fresh.Segments.Count * shape.KeyValueHeads;
            if (caches.All(c => c.Length == 0)) // whole prompts: attention of many queries at once is as in training
            {
                Workers.Run(append, items);
                (Tensor attended, Tensor logSumExp) = Attend(queryKeyValue, fresh, shape);
                logSumExp.Dispose();
                return attended;
            }
            Tensor output = Rows.Empty(fresh.Tokens, shape.QueryWidth, ComputeType);
            Workers.Run(new CachedAttentionKernel<TCompute, TWide>.Forward { Append = append, Output = Compute(output) }, items);
            return output;
        }

        private static AttentionInputs<TCompute> Inputs(Tensor queryKeyValue, HeadShape shape) =>
            AttentionInputs<TCompute>.Of(Compute(queryKeyValue), shape);

        public override (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets)
        {
            Tensor logSumExps = empty([logits.shape[0]], dtype: WideType), logProbs = empty([logits.shape[0]], dtype: WideType);
            Workers.Run(new SoftmaxKernel<TCompute, TWide>.LogProbs
            {
                Logits = Compute(logits),
                Targets = (long*)TensorMemory.Pointer(targets),
                LogSumExps = Wide(logSumExps),
                Result = Wide(logProbs),
                Words = (int)logits.shape[1],
            }, (int)logits.shape[0]);
            return (logSumExps, logProbs);
        }

        public override void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing) =>
            Workers.Run(new SoftmaxKernel<TCompute, TWide>.Gradient
            {
                Logits = Compute(logits),
                Targets = (long*)TensorMemory.Pointer(targets),
                LogSumExps = Wide(logSumExps),
                Flowing = Wide(flowing),
                Words = (int)logits.shape[1],
            }, (int)logits.shape[0]);

        private static TCompute* Compute(Tensor tensor) => (TCompute*)Pointer(tensor, ComputeType);

        private static TWide* Wide(Tensor tensor) => (TWide*)Pointer(tensor, WideType);

        private static void* Pointer(Tensor tensor, ScalarType type) => tensor.dtype == type
            ? TensorMemory.Pointer(tensor)
            : throw new ArgumentException($"A tensor of {type} is needed here, not of {tensor.dtype}.", nameof(tensor));

        private static ScalarType TypeOf<T>() =>
            typeof(T) == typeof(BFloat16) ? ScalarType.BFloat16 : typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.Float64;
    }
}
