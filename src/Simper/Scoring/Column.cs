using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Scoring;

/// <summary>
/// One value per answer [A] or per pair [P], or a single one for all, with its autograd graph back to the log-probs: what
/// objectives compute with. The operators are the arithmetic ones, autograd follows them, and numbers broadcast. Columns belong
/// to the open dispose scope. (TorchSharp's own operators release the numbers that they pass to libtorch; these hold them.)
/// </summary>
/// <param name="Tensor">The values, [A], [P] or [].</param>
public readonly record struct Column(Tensor Tensor)
{
    public static implicit operator Column(Tensor tensor) => new(tensor);

    public static Column operator +(Column x, Column y) => x.Tensor.Plus(y.Tensor);

    public static Column operator +(Column x, double number) => x.Tensor.Plus(number);

    public static Column operator +(double number, Column x) => x.Tensor.Plus(number);

    public static Column operator -(Column x) => x.Tensor.negative();

    public static Column operator -(Column x, Column y) => x.Tensor - y.Tensor;

    public static Column operator -(Column x, double number) => x.Tensor.Plus(-number);

    public static Column operator -(double number, Column x) => x.Tensor.negative().Plus(number);

    public static Column operator *(Column x, Column y) => x.Tensor * y.Tensor;

    public static Column operator *(Column x, double number) => x.Tensor.Times(number);

    public static Column operator *(double number, Column x) => x.Tensor.Times(number);

    public static Column operator /(Column x, Column y) => x.Tensor / y.Tensor;

    public static Column operator /(Column x, double number) => x.Tensor.Over(number);

    public static Column operator /(double number, Column x) => x.Tensor.reciprocal().Times(number);

    /// <summary>eˣ.</summary>
    public Column Exp() => Tensor.exp();

    /// <summary>eˣ - 1, exact near 0.</summary>
    public Column ExpMinus1() => Tensor.expm1();

    /// <summary>The natural logarithm.</summary>
    public Column Log() => Tensor.log();

    /// <summary>log(1 + x), exact near 0.</summary>
    public Column Log1Plus() => Tensor.log1p();

    /// <summary>√x.</summary>
    public Column Sqrt() => Tensor.sqrt();

    /// <summary>x².</summary>
    public Column Square() => Tensor * Tensor;

    /// <summary>|x|, with the gradient 0 at 0.</summary>
    public Column Abs() => Tensor.abs();

    /// <summary>-1, 0 or 1, without a gradient.</summary>
    public Column Sign() => Tensor.sign();

    /// <summary>max(0, x), with the gradient 0 at 0.</summary>
    public Column Relu() => nn.functional.relu(Tensor);

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ).</summary>
    public Column Sigmoid() => Tensor.sigmoid();

    /// <summary>log σ(x), numerically stable on both sides.</summary>
    public Column LogSigmoid() => nn.functional.logsigmoid(Tensor);

    /// <summary>max(x, least).</summary>
    public Column AtLeast(double least) => Tensor.AtLeast(least);

    /// <summary>min(x, most).</summary>
    public Column AtMost(double most) => Tensor.AtMost(most);

    /// <summary>1 where x &gt; number and 0 elsewhere, without a gradient.</summary>
    public Column IsAbove(double number) => Tensor.IsAbove(number).to(Tensor.dtype);

    /// <summary>
    /// This column where x &gt; number, else the other. The gradient is that of the side taken; the other side must be finite as
    /// well.
    /// </summary>
    public static Column WhereAbove(Column x, double number, Column then, Column otherwise) =>
        where(x.Tensor.IsAbove(number), then.Tensor, otherwise.Tensor);

    /// <summary>From the smallest to the largest.</summary>
    public Column Sorted() => Tensor.sort().Values;

    /// <summary>The sum of all, a scalar.</summary>
    public Column Sum() => Tensor.sum();

    /// <summary>The mean of all, a scalar.</summary>
    public Column Mean() => Tensor.mean();

    /// <summary>The same values, detached: no gradient flows through them.</summary>
    public Column Detach() => Tensor.detach();

    /// <summary>Backpropagates from this scalar to the leaves of its graph.</summary>
    public void Backward() => Tensor.backward();

    /// <summary>The value at an index.</summary>
    public double this[int index] => ToArray()[index];

    /// <summary>The single value.</summary>
    public double ToDouble() => ToArray().Single();

    /// <summary>The values.</summary>
    public double[] ToArray() => Tensor.detach().to(ScalarType.Float64).flatten().data<double>().ToArray();
}
