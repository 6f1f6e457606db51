using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Scoring;

/// <summary>
/// One number per answer [A] or per pair [P], or one for all, with the way back to the log-probs it was made of: what objectives
/// compute with. The operators mean what they say, autograd follows them, and numbers broadcast. Columns are made of the tensors
/// of an open dispose scope and end with it. (TorchSharp's own operators let go of the numbers that they hand to libtorch; these
/// hold them.)
/// </summary>
/// <param name="Tensor">The numbers, [A], [P] or [].</param>
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

    /// <summary>log σ(x), stable on both sides.</summary>
    public Column LogSigmoid() => nn.functional.logsigmoid(Tensor);

    /// <summary>max(x, least).</summary>
    public Column AtLeast(double least) => Tensor.AtLeast(least);

    /// <summary>min(x, most).</summary>
    public Column AtMost(double most) => Tensor.AtMost(most);

    /// <summary>1 where x &gt; number and 0 elsewhere, without a gradient.</summary>
    public Column IsAbove(double number) => Tensor.IsAbove(number).to(Tensor.dtype);

    /// <summary>
    /// This where x &gt; number, else the other. The gradient is that of the side taken; the other side must be finite as well.
    /// </summary>
    public static Column WhereAbove(Column x, double number, Column then, Column otherwise) =>
        where(x.Tensor.IsAbove(number), then.Tensor, otherwise.Tensor);

    /// <summary>From the smallest to the largest.</summary>
    public Column Sorted() => Tensor.sort().Values;

    /// <summary>The sum of all, one number.</summary>
    public Column Sum() => Tensor.sum();

    /// <summary>The mean of all, one number.</summary>
    public Column Mean() => Tensor.mean();

    /// <summary>The same numbers as constants: no gradient flows through them.</summary>
    public Column Detach() => Tensor.detach();

    /// <summary>Adds the gradients of this one number to those of the leaves that it was made of.</summary>
    public void Backward() => Tensor.backward();

    /// <summary>The number at a place.</summary>
    public double this[int index] => ToArray()[index];

    /// <summary>The one number.</summary>
    public double ToDouble() => ToArray().Single();

    /// <summary>The numbers.</summary>
    public double[] ToArray() => Tensor.detach().to(ScalarType.Float64).flatten().data<double>().ToArray();
}
