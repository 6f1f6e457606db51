using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>The operations for any processor and any pair of dtypes; products by libtorch's operators.</summary>
internal unsafe class CpuKernels<TCompute, TWide>(Precision precision) : KernelSet(precision, CPU)
    where TCompute : unmanaged
    where TWide : unmanaged
{
    private static readonly ScalarType ComputeType = TypeOf<TCompute>();
    private static readonly ScalarType WideType = TypeOf<TWide>();

    public override (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon)
    {
        Tensor inverseRms = Empty(WideType, x.size(0));
        return (Norm(x, weight, inverseRms, epsilon, knowsRms: false), inverseRms);
    }

    public override Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms) =>
        Norm(x, weight, inverseRms, 0, knowsRms: true);

    private Tensor Norm(Tensor x, Tensor weight, Tensor inverseRms, double epsilon, bool knowsRms)
    {
        Tensor output = Empty(ComputeType, x.size(0), x.size(1));
        Workers.Run(
            new RmsNormKernel<TCompute, TWide>.Forward
            {
                X = Wide(x),
                Weight = Wide(weight),
                InverseRms = Wide(inverseRms),
                Output = Compute(output),
                Rows = x.size(0),
                Width = (int)x.size(1),
                Epsilon = epsilon,
                KnowsRms = knowsRms,
            },
            RmsNormKernel<TCompute, TWide>.Blocks(x.size(0))
        );
        return output;
    }

    public override Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    )
    {
        Tensor result = Empty(WideType, x.size(0), x.size(1));
        int blocks = RmsNormKernel<TCompute, TWide>.Blocks(x.size(0));
        using Tensor parts = Empty(WideType, blocks, x.size(1));
        Workers.Run(
            new RmsNormKernel<TCompute, TWide>.Backward
            {
                Flowing = Compute(dy),
                X = Wide(x),
                Weight = Wide(weight),
                InverseRms = Wide(inverseRms),
                Residual = residual is null ? null : Wide(residual),
                Result = Wide(result),
                WeightParts = Wide(parts),
                Rows = x.size(0),
                Width = (int)x.size(1),
            },
            blocks
        );
        if (weightGradient is not null)
        {
            using Tensor sum = parts.sum([0L]); // a bare 0 would be read as a ScalarType
            weightGradient.PlusInPlace(sum);
        }
        return result;
    }

    internal override Tensor EmptyTensor(ScalarType type, ReadOnlySpan<long> shape) => Arena.Empty(type, shape);

    public override Tensor Linear(Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.size(0) > FewRows && !IsBatchInvariant)
        {
            Tensor product = Multiply(x, weight.t());
            if (bias is not null)
                product.PlusInPlace(bias);
            return product;
        }
        Tensor result = Empty(ComputeType, x.size(0), weight.size(0));
        LinearKernel<TCompute, TWide>.Operands operands = Operands(x, weight, bias);
        Workers.Run(new LinearKernel<TCompute, TWide>.Rounded { Of = operands, Result = Compute(result) }, operands.Items);
        return result;
    }

    public override Tensor AddLinear(Tensor? residual, Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.size(0) > FewRows && !IsBatchInvariant)
        {
            using Tensor product = Linear(x, weight, bias);
            return residual is null ? product.to(WideType, copy: true) : Add(residual, product);
        }
        return FewRowsProduct(residual, x, weight, bias);
    }

    public override Tensor WideProduct(Tensor x, Tensor weight) => FewRowsProduct(null, x, weight, null);

    private Tensor FewRowsProduct(Tensor? residual, Tensor x, Tensor weight, Tensor? bias)
    {
        Tensor result = Empty(WideType, x.size(0), weight.size(0));
        LinearKernel<TCompute, TWide>.Operands operands = Operands(x, weight, bias);
        Workers.Run(
            new LinearKernel<TCompute, TWide>.Wide
            {
                Of = operands,
                Residual = residual is null ? null : Wide(residual),
                Result = Wide(result),
            },
            operands.Items
        );
        return result;
    }

    private static LinearKernel<TCompute, TWide>.Operands Operands(Tensor x, Tensor weight, Tensor? bias)
    {
        Shape.Expect(x, nameof(x), -1, weight.size(1));
        return new(
            Compute(x),
            Compute(weight),
            bias is null ? null : Compute(bias),
            (int)x.size(0),
            (int)weight.size(1),
            (int)weight.size(0)
        );
    }

    public override (Tensor GateUp, Tensor Gated) GatedLinear(Tensor x, Tensor weight, Tensor? bias, Activation activation)
    {
        Tensor gateUp = Linear(x, weight, bias);
        return (gateUp, Gate(gateUp, activation));
    }

    private Tensor Multiply(Tensor a, Tensor b)
    {
        Tensor product = Empty(ComputeType, a.size(0), b.size(1));
        using Profiler.Span time = Profiler.Time("product");
        Dispatcher.Call("aten::mm", "out", 1, a, b, product)[0].Dispose(); // a second handle to the same tensor
        return product;
    }

    public override Tensor LinearBackward(Tensor dy, Tensor weight) => Multiply(dy, weight);

    public override (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        Tensor weight,
        Tensor gateUp,
        Activation activation
    )
    {
        using Tensor dGated = LinearBackward(dy, weight);
        return (GateBackward(dGated, gateUp, activation), Gate(gateUp, activation));
    }

    public override void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds)
    {
        using Tensor turned = dy.t();
        if (ComputeType == WideType)
        {
            sum.addmm_(turned, x, beta: adds ? 1 : 0, alpha: 1);
            return;
        }
        // By slices: the head's product would map a fresh 50 MB each time, and leave the cache before it is added.
        long slice = Math.Max(1, SliceNumbers / x.size(1));
        for (long row = 0; row < turned.size(0); row += slice)
        {
            long rows = Math.Min(slice, turned.size(0) - row);
            using Tensor part = turned.narrow(0, row, rows);
            using Tensor sumPart = sum.narrow(0, row, rows);
            using Tensor product = Multiply(part, x);
            // The sum across micro-batches is wide; each term was accumulated wide inside the product.
            Accumulate(sumPart, product, adds);
        }
    }

    private const long SliceNumbers = 4 << 20;

    public override Tensor Add(Tensor a, Tensor b)
    {
        Tensor result = Empty(WideType, a.size(0), a.size(1));
        Sum(a, b, result);
        return result;
    }

    public override Tensor Round(Tensor x)
    {
        if (ComputeType == WideType)
            return x.alias();
        Tensor result = Empty(ComputeType, x.size(0), x.size(1));
        Workers.Run(
            new ElementKernels<TCompute, TWide>.Round
            {
                X = Wide(x),
                Result = Compute(result),
                Numbers = x.numel(),
            },
            ElementKernels<TCompute, TWide>.Blocks(x.numel())
        );
        return result;
    }

    private static void Accumulate(Tensor sum, Tensor term, bool adds)
    {
        if (adds)
            Sum(sum, term, sum);
        else
            Workers.Run(
                new ElementKernels<TCompute, TWide>.Widen
                {
                    X = Compute(term),
                    Result = Wide(sum),
                    Numbers = term.numel(),
                },
                ElementKernels<TCompute, TWide>.Blocks(term.numel())
            );
    }

    private static void Sum(Tensor a, Tensor b, Tensor result) =>
        Workers.Run(
            new ElementKernels<TCompute, TWide>.Sum
            {
                A = Wide(a),
                B = Compute(b),
                Result = Wide(result),
                Numbers = a.numel(),
            },
            ElementKernels<TCompute, TWide>.Blocks(a.numel())
        );

    public override Tensor Gate(Tensor gateUp, Activation activation) =>
        activation switch
        {
            Activation.Silu => Gate<Silu>(gateUp),
            Activation.GeluTanh => Gate<GeluTanh>(gateUp),
            _ => throw Unknown(activation),
        };

    private Tensor Gate<TActivation>(Tensor gateUp)
        where TActivation : struct, IActivation
    {
        int inner = (int)gateUp.size(1) / 2;
        Tensor result = Empty(ComputeType, gateUp.size(0), inner);
        Workers.Run(
            new GateKernels<TCompute, TWide, TActivation>.Forward
            {
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = inner,
            },
            (int)gateUp.size(0)
        );
        return result;
    }

    public override Tensor GateBackward(Tensor gradient, Tensor gateUp, Activation activation) =>
        activation switch
        {
            Activation.Silu => GateBackward<Silu>(gradient, gateUp),
            Activation.GeluTanh => GateBackward<GeluTanh>(gradient, gateUp),
            _ => throw Unknown(activation),
        };

    private Tensor GateBackward<TActivation>(Tensor gradient, Tensor gateUp)
        where TActivation : struct, IActivation
    {
        Tensor result = Empty(ComputeType, gateUp.size(0), gateUp.size(1));
        Workers.Run(
            new GateKernels<TCompute, TWide, TActivation>.Backward
            {
                Flowing = Compute(gradient),
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = (int)gateUp.size(1) / 2,
            },
            (int)gateUp.size(0)
        );
        return result;
    }

    protected static ArgumentOutOfRangeException Unknown(Activation activation) =>
        new(nameof(activation), activation, "No kernel has this activation.");

    public override void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape) =>
        Workers.Run(
            new ElementKernels<TCompute, TWide>.Rotate
            {
                Heads = Compute(queryKeyValue),
                Cos = Wide(cos),
                Sin = Wide(sin),
                RowNumbers = (int)queryKeyValue.size(1),
                Turned = shape.Heads + shape.KeyValueHeads,
                HeadWidth = shape.HeadWidth,
            },
            (int)queryKeyValue.size(0)
        );

    public override (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape)
    {
        Tensor output = Empty(ComputeType, layout.Tokens, shape.QueryWidth);
        Tensor logSumExp = Empty(WideType, layout.Tokens, shape.Heads);
        Workers.Run(
            new AttentionKernel<TCompute, TWide>.Forward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = layout,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
            },
            layout.Segments.Count * shape.KeyValueHeads
        );
        return (output, logSumExp);
    }

    public override Tensor AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        Positions at,
        HeadShape shape
    )
    {
        Tensor result = Empty(ComputeType, queryKeyValue.size(0), queryKeyValue.size(1));
        long tokens = at.Layout.Tokens;
        using Tensor dQuery = Empty(WideType, tokens, shape.QueryWidth);
        using Tensor dKey = Empty(WideType, tokens, shape.QueryWidth); // logically [H, T, E]
        using Tensor dValue = Empty(WideType, tokens, shape.QueryWidth);
        AttendBackward(gradient, queryKeyValue, output, logSumExp, at.Layout, shape, Wide(dQuery), Wide(dKey), Wide(dValue));
        Workers.Run(
            new HeadGradients<TCompute, TWide>
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
            },
            (int)tokens
        );
        return result;
    }

    /// <summary>
    /// Writes the gradients of rotated queries [T, H, E], and each head's contribution to those of keys and values [H, T, E].
    /// </summary>
    protected virtual void AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        TokenLayout layout,
        HeadShape shape,
        TWide* query,
        TWide* key,
        TWide* value
    )
    {
        IReadOnlyList<(int, int)> trees = layout.Trees();
        Workers.Run(
            new AttentionKernel<TCompute, TWide>.Backward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = layout,
                Trees = trees,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
                Flowing = Compute(gradient),
                Query = query,
                Key = key,
                Value = value,
            },
            trees.Count * shape.Heads
        );
    }

    public override Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape
    )
    {
        var append = new CachedAttentionKernel<TCompute, TWide>.Append
        {
            Inputs = Inputs(queryKeyValue, shape),
            Layout = fresh,
            Caches = CacheRows<TCompute>.Of(caches),
            Layer = layer,
        };
        bool oneEach = fresh.Tokens == caches.Count;
        if (!oneEach)
            Workers.Run(append, fresh.Segments.Count * shape.KeyValueHeads);
        // Whole prompts (prefill): attention of many queries at once is that of training.
        if (!oneEach && !IsBatchInvariant && caches.All(c => c.Length == 0))
        {
            (Tensor attended, Tensor logSumExp) = Attend(queryKeyValue, fresh, shape);
            logSumExp.Dispose();
            return attended;
        }
        Tensor output = Empty(ComputeType, fresh.Tokens, shape.QueryWidth);
        (int, int, int)[] blocks = CachedAttentionKernel<TCompute, TWide>.Blocks(fresh, shape.Heads / shape.KeyValueHeads);
        Workers.Run(
            new CachedAttentionKernel<TCompute, TWide>.Forward
            {
                Append = append,
                Blocks = blocks,
                Appends = oneEach,
                Output = Compute(output),
            },
            blocks.Length * shape.KeyValueHeads
        );
        return output;
    }

    protected static AttentionInputs<TCompute> Inputs(Tensor queryKeyValue, HeadShape shape) =>
        AttentionInputs<TCompute>.Of(Compute(queryKeyValue), shape);

    public override (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets)
    {
        Tensor logSumExps = Empty(WideType, logits.size(0));
        Tensor logProbs = Empty(WideType, logits.size(0));
        Workers.Run(
            new SoftmaxKernel<TCompute, TWide>.LogProbs
            {
                Logits = Compute(logits),
                Targets = (long*)TensorMemory.Pointer(targets),
                LogSumExps = Wide(logSumExps),
                Result = Wide(logProbs),
                Words = (int)logits.size(1),
            },
            (int)logits.size(0)
        );
        return (logSumExps, logProbs);
    }

    public override void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing, double cap = 0) =>
        Workers.Run(
            new SoftmaxKernel<TCompute, TWide>.Gradient
            {
                Logits = Compute(logits),
                Targets = (long*)TensorMemory.Pointer(targets),
                LogSumExps = Wide(logSumExps),
                Flowing = Wide(flowing),
                Words = (int)logits.size(1),
                Cap = cap,
            },
            (int)logits.size(0)
        );

    public override void SoftCap(Tensor logits, double cap)
    {
        if (logits.dtype == ComputeType)
            SoftCap<TCompute>(logits, Compute(logits), cap);
        else
            SoftCap<TWide>(logits, Wide(logits), cap);
    }

    private static void SoftCap<T>(Tensor logits, T* numbers, double cap)
        where T : unmanaged =>
        Workers.Run(
            new SoftCapKernel<T, TWide>
            {
                Rows = numbers,
                Width = (int)logits.shape[^1],
                Cap = cap,
            },
            (int)(logits.numel() / logits.shape[^1])
        );

    public override double SquareSum(Tensor gradient) => OptimizerPass.SquareSum(gradient);

    public override void AdamW(Tensor weights, Tensor? lowBits, Tensor gradient, Tensor first, Tensor second, AdamWStep step) =>
        OptimizerPass.AdamW(weights, lowBits, gradient, first, second, step);

    public override void Split(Tensor values, Tensor high, Tensor missing) => SplitWeights.Write(values, high, missing);

    public override Tensor Join(Tensor high, Tensor missing) => SplitWeights.Read(high, missing);

    protected static TCompute* Compute(Tensor tensor) => (TCompute*)Pointer(tensor, ComputeType);

    protected static TWide* Wide(Tensor tensor) => (TWide*)Pointer(tensor, WideType);

    private static void* Pointer(Tensor tensor, ScalarType type) =>
        tensor.dtype == type
            ? TensorMemory.Pointer(tensor)
            : throw new ArgumentException($"A tensor of {type} is needed here, not of {tensor.dtype}.", nameof(tensor));

    private static ScalarType TypeOf<T>() =>
        typeof(T) == typeof(BFloat16) ? ScalarType.BFloat16
        : typeof(T) == typeof(float) ? ScalarType.Float32
        : ScalarType.Float64;
}
