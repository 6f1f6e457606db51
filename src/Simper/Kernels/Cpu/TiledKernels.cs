using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// The operations in bfloat16 on processors with bfloat16 products (<see cref="MatrixUnit"/>): products are blocked for the
/// cache, and their epilogues run there before the result is written.
/// </summary>
internal sealed unsafe partial class TiledKernels(WeightPanels? panels = null) : CpuKernels<BFloat16, float>(Precision.BFloat16)
{
    public override KernelSet Another() => new TiledKernels(_panels);

    public override Tensor Linear(Tensor x, WeightMatrix weight, Tensor? bias) =>
        Suits(x) ? Linear(x, weight, bias, added: null) : base.Linear(x, weight, bias);

    public override Tensor LinearPlus(Tensor x, WeightMatrix weight, Tensor? bias, Tensor reduced, Tensor up) =>
        Suits(x) && Suits(reduced)
            ? Linear(x, weight, bias, Added(reduced, up, isTransposed: true))
            : base.LinearPlus(x, weight, bias, reduced, up);

    private Tensor Linear(Tensor x, WeightMatrix weight, Tensor? bias, AddedProduct? added)
    {
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
            },
            added: added
        );
        return result;
    }

    public override Tensor AddLinear(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias) =>
        Suits(x) && (residual is not null || IsBatchInvariant)
            ? AddLinear(residual, x, weight, bias, added: null)
            : base.AddLinear(residual, x, weight, bias);

    public override Tensor AddLinearPlus(
        Tensor? residual,
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Tensor reduced,
        Tensor up
    ) =>
        Suits(x) && Suits(reduced)
            ? AddLinear(residual, x, weight, bias, Added(reduced, up, isTransposed: true))
            : base.AddLinearPlus(residual, x, weight, bias, reduced, up);

    private Tensor AddLinear(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias, AddedProduct? added)
    {
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
            },
            added: added
        );
        return result;
    }

    public override Tensor LinearBackward(Tensor dy, WeightMatrix weight) =>
        Suits(dy) ? LinearBackward(dy, weight, added: null) : base.LinearBackward(dy, weight);

    public override Tensor LinearPlusBackward(Tensor dy, WeightMatrix weight, Tensor reduced, Tensor down) =>
        Suits(dy) && Suits(reduced)
            ? LinearBackward(dy, weight, Added(reduced, down, isTransposed: false))
            : base.LinearPlusBackward(dy, weight, reduced, down);

    private Tensor LinearBackward(Tensor dy, WeightMatrix weight, AddedProduct? added)
    {
        Tensor result = Empty(ScalarType.BFloat16, dy.size(0), weight.Columns);
        Backward(dy, weight, new Epilogues.Narrow { Result = Compute(result), Width = (int)weight.Columns }, added);
        return result;
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
    private void Forward<TEpilogue>(
        Tensor x,
        WeightMatrix weight,
        long columns,
        TEpilogue epilogue,
        int second = 0,
        AddedProduct? added = null
    )
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
            IsBatchInvariant && weight.Packed is null ? _panels.Of(weight.Values, (int)columns, second) : null,
            added
        );

    // dy W.
    private static void Backward<TEpilogue>(Tensor dy, WeightMatrix weight, TEpilogue epilogue, AddedProduct? added = null)
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
            epilogue,
            added: added
        );

    private static AddedProduct Added(Tensor reduced, Tensor matrix, bool isTransposed) =>
        new(Compute(reduced), (int)reduced.size(1), Compute(matrix), (int)matrix.size(1), isTransposed);

    private static BFloat16* ValuesOrNull(WeightMatrix weight) => weight.Packed is null ? Compute(weight.Values) : null;

    // Values are multiplied in pairs; and packing a weight pays off from some number of rows on.
    private bool Suits(Tensor a) => a.size(1) % 2 == 0 && (IsBatchInvariant || a.size(0) >= LeastRows);

    private const int LeastRows = 16;

    private static BFloat16* OrNull(Tensor? bias) => bias is null ? null : Compute(bias);
}
