using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// The operations in bfloat16 on processors with bfloat16 products (<see cref="MatrixUnit"/>): products are blocked for the
/// cache, and their epilogues run there before the result is written.
/// </summary>
internal sealed unsafe partial class TiledKernels() : CpuKernels<BFloat16, float>(Precision.BFloat16)
{
    public override KernelSet Another() => new TiledKernels();

    public override Tensor Linear(Tensor x, WeightMatrix weight, Tensor? bias)
    {
        if (!Suits(x))
            return base.Linear(x, weight, bias);
        Tensor result = Empty(ScalarType.BFloat16, x.size(0), weight.Rows);
        Forward(
            x,
            weight,
            weight.Rows,
            new Epilogues.Narrow
            {
                Result = Compute(result),
                Width = (int)weight.Rows,
                Bias = OrNull(bias),
            }
        );
        return result;
    }

    public override Tensor AddLinear(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias)
    {
        if (!Suits(x) || (residual is null && !IsBatchInvariant))
            return base.AddLinear(residual, x, weight, bias);
        Tensor result = Empty(ScalarType.Float32, x.size(0), weight.Rows);
        Forward(
            x,
            weight,
            weight.Rows,
            new Epilogues.Residual
            {
                Before = residual is null ? null : Wide(residual),
                Result = Wide(result),
                Width = (int)weight.Rows,
                Bias = OrNull(bias),
            }
        );
        return result;
    }

    public override (Tensor GateUp, Tensor Gated) GatedLinear(
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Activation activation
    ) =>
        !Suits(x) ? base.GatedLinear(x, weight, bias, activation)
        : activation == Activation.Silu ? GatedLinear<Silu>(x, weight, bias)
        : activation == Activation.GeluTanh ? GatedLinear<GeluTanh>(x, weight, bias)
        : activation == Activation.Gelu ? GatedLinear<Gelu>(x, weight, bias)
        : throw Unknown(activation);

    private (Tensor GateUp, Tensor Gated) GatedLinear<TActivation>(Tensor x, WeightMatrix weight, Tensor? bias)
        where TActivation : struct, IActivation
    {
        int inner = (int)weight.Rows / 2;
        Tensor gateUp = Empty(ScalarType.BFloat16, x.size(0), weight.Rows);
        Tensor gated = Empty(ScalarType.BFloat16, x.size(0), inner);
        Forward(
            x,
            weight,
            inner,
            new Epilogues.Gate<TActivation>
            {
                GateUp = Compute(gateUp),
                Gated = Compute(gated),
                Inner = inner,
                Bias = OrNull(bias),
            },
            second: inner
        );
        return (gateUp, gated);
    }

    public override Tensor LinearBackward(Tensor dy, WeightMatrix weight)
    {
        if (!Suits(dy))
            return base.LinearBackward(dy, weight);
        Tensor result = Empty(ScalarType.BFloat16, dy.size(0), weight.Columns);
        Backward(dy, weight, new Epilogues.Narrow { Result = Compute(result), Width = (int)weight.Columns });
        return result;
    }

    public override (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation
    ) =>
        !Suits(dy) ? base.GatedLinearBackward(dy, weight, gateUp, activation)
        : activation == Activation.Silu ? GatedLinearBackward<Silu>(dy, weight, gateUp)
        : activation == Activation.GeluTanh ? GatedLinearBackward<GeluTanh>(dy, weight, gateUp)
        : activation == Activation.Gelu ? GatedLinearBackward<Gelu>(dy, weight, gateUp)
        : throw Unknown(activation);

    private (Tensor GateUp, Tensor Gated) GatedLinearBackward<TActivation>(Tensor dy, WeightMatrix weight, Tensor gateUp)
        where TActivation : struct, IActivation
    {
        int inner = (int)weight.Columns;
        Tensor result = Empty(ScalarType.BFloat16, dy.size(0), 2 * inner);
        Tensor gated = Empty(ScalarType.BFloat16, dy.size(0), inner);
        Backward(
            dy,
            weight,
            new Epilogues.GateBackward<TActivation>
            {
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Gated = Compute(gated),
                Inner = inner,
            }
        );
        return (result, gated);
    }

    public override void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds)
    {
        int tokens = (int)dy.size(0);
        int columns = (int)x.size(1);
        int filled = WeightGradient.Filled(tokens);
        using Tensor packed = Empty(ScalarType.BFloat16, filled, PanelProduct.PanelsOf(columns) * PanelProduct.Panel);
        var right = (uint*)Compute(packed);
        new WeightGradient.Pack
        {
            From = Compute(x),
            To = right,
            Tokens = tokens,
            Columns = columns,
        }.Run();
        new WeightGradient
        {
            Left = Compute(dy),
            Right = right,
            Sum = Wide(sum),
            Tokens = tokens,
            Rows = (int)dy.size(1),
            Columns = columns,
            Adds = adds,
        }.Run();
    }

    public override (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape)
    {
        if (shape.HeadWidth % 2 != 0)
            return base.Attend(queryKeyValue, layout, shape);
        Tensor output = Empty(ScalarType.BFloat16, layout.Tokens, shape.QueryWidth);
        Tensor logSumExp = Empty(ScalarType.Float32, layout.Tokens, shape.Heads);
        IReadOnlyList<(int, int)> trees = layout.Trees();
        Workers.Run(
            new TiledAttention.Forward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = layout,
                Trees = trees,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
            },
            trees.Count * shape.Heads
        );
        return (output, logSumExp);
    }

    protected override void AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        TokenLayout layout,
        HeadShape shape,
        float* query,
        float* key,
        float* value
    )
    {
        if (shape.HeadWidth % 2 != 0)
        {
            base.AttendBackward(gradient, queryKeyValue, output, logSumExp, layout, shape, query, key, value);
            return;
        }
        IReadOnlyList<(int, int)> trees = layout.Trees();
        Workers.Run(
            new TiledAttention.Backward
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

    // x Wᵀ.
    private void Forward<TEpilogue>(Tensor x, WeightMatrix weight, long columns, TEpilogue epilogue, int second = 0)
        where TEpilogue : struct, IEpilogue =>
        PanelProduct.Run(
            Compute(x),
            (int)x.size(0),
            (int)x.size(1),
            ValuesOrNull(weight),
            weight.Packed,
            (int)weight.Columns,
            isTransposed: true,
            (int)columns,
            second,
            epilogue,
            IsBatchInvariant && weight.Packed is null ? _panels.Of(weight.Values, (int)columns, second) : null
        );

    // dy W.
    private static void Backward<TEpilogue>(Tensor dy, WeightMatrix weight, TEpilogue epilogue)
        where TEpilogue : struct, IEpilogue =>
        PanelProduct.Run(
            Compute(dy),
            (int)dy.size(0),
            (int)dy.size(1),
            ValuesOrNull(weight),
            weight.Packed,
            (int)weight.Columns,
            isTransposed: false,
            (int)weight.Columns,
            second: 0,
            epilogue
        );

    private static BFloat16* ValuesOrNull(WeightMatrix weight) => weight.Packed is null ? Compute(weight.Values) : null;

    // Values are multiplied in pairs; and packing a weight pays off from some number of rows on.
    private bool Suits(Tensor a) => a.size(1) % 2 == 0 && (IsBatchInvariant || a.size(0) >= LeastRows);

    private const int LeastRows = 16;

    private static BFloat16* OrNull(Tensor? bias) => bias is null ? null : Compute(bias);
}
