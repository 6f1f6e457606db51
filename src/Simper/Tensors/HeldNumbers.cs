using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Tensors and numbers. TorchSharp creates a <see cref="Scalar"/> for every number that an operator takes, hidden ones included
/// (<c>a + b</c> is a + 1 b), passes its native memory to libtorch and drops the object: a finalizer that runs during the call
/// frees the number that libtorch is about to read, and another one may already be in its place. Here every number is held until
/// the call has returned. No other code of Simper passes a number to TorchSharp or calls what creates one internally; a test
/// inspects the compiled assemblies for that. Operators between two tensors that take no number (<c>a - b</c>, <c>a * b</c>, <c>a
/// / b</c>) are used directly.
/// </summary>
internal static class HeldNumbers
{
    private static readonly Scalar Zero = 0L.ToScalar();
    private static readonly Scalar One = 1L.ToScalar();

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + number.</summary>
    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        return x.add(held, One);
    }

    /// <inheritdoc cref="Plus(Tensor, double)"/>
    /// <remarks>Integers stay integers.</remarks>
    public static Tensor Plus(this Tensor x, long number)
    {
        using Scalar held = number.ToScalar();
        return x.add(held, One);
    }

    /// <summary>x += y.</summary>
    public static void PlusInPlace(this Tensor x, Tensor y) => DropSecond(x, x.add_(y, One));

    /// <summary>x += number.</summary>
    public static void PlusInPlace(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        DropSecond(x, x.add_(held, One));
    }

    /// <summary>x += factor · y.</summary>
    public static void PlusInPlace(this Tensor x, Tensor y, double factor)
    {
        using Scalar held = factor.ToScalar();
        DropSecond(x, x.add_(y, held));
    }

    /// <summary>x += factor · y · z.</summary>
    public static void PlusProductInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar held = factor.ToScalar();
        DropSecond(x, x.addcmul_(y, z, held));
    }

    /// <summary>x · number.</summary>
    public static Tensor Times(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        return x.mul(held);
    }

    /// <inheritdoc cref="Times(Tensor, double)"/>
    /// <remarks>Integers stay integers.</remarks>
    public static Tensor Times(this Tensor x, long number)
    {
        using Scalar held = number.ToScalar();
        return x.mul(held);
    }

    /// <summary>x *= number.</summary>
    public static void TimesInPlace(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        DropSecond(x, x.mul_(held));
    }

    /// <summary>x / number.</summary>
    public static Tensor Over(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        return x.div(held);
    }

    /// <summary>max(x, least).</summary>
    public static Tensor AtLeast(this Tensor x, double least)
    {
        using Scalar held = least.ToScalar();
        return x.clamp_min(held);
    }

    /// <inheritdoc cref="AtLeast(Tensor, double)"/>
    /// <remarks>Integers stay integers.</remarks>
    public static Tensor AtLeast(this Tensor x, long least)
    {
        using Scalar held = least.ToScalar();
        return x.clamp_min(held);
    }

    /// <summary>min(x, most).</summary>
    public static Tensor AtMost(this Tensor x, double most)
    {
        using Scalar held = most.ToScalar();
        return x.clamp_max(held);
    }

    /// <summary>Whether x &gt; number, elementwise.</summary>
    public static Tensor IsAbove(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        return x.gt(held);
    }

    /// <summary>Whether x = number, elementwise.</summary>
    public static Tensor Is(this Tensor x, long number)
    {
        using Scalar held = number.ToScalar();
        return x.eq(held);
    }

    /// <summary>x with <paramref name="number"/> where the mask is true.</summary>
    public static Tensor Masked(this Tensor x, Tensor mask, double number)
    {
        using Scalar held = number.ToScalar();
        return x.masked_fill(mask, held);
    }

    /// <summary>Sets x to <paramref name="number"/> where the mask is true.</summary>
    public static void MaskInPlace(this Tensor x, Tensor mask, double number)
    {
        using Scalar held = number.ToScalar();
        DropSecond(x, x.masked_fill_(mask, held));
    }

    /// <summary>x += the rows of <paramref name="source"/>, each at its index along <paramref name="axis"/>.</summary>
    public static void IndexAddInPlace(this Tensor x, long axis, Tensor index, Tensor source) =>
        DropSecond(x, x.index_add_(axis, index, source, One));

    /// <inheritdoc cref="IndexAddInPlace"/>
    public static Tensor IndexAdd(this Tensor x, long axis, Tensor index, Tensor source) => x.index_add(axis, index, source, One);

    /// <summary>Sets every element.</summary>
    public static void Fill(this Tensor x, double number)
    {
        using Scalar held = number.ToScalar();
        DropSecond(x, x.fill_(held));
    }

    /// <summary>A tensor of one number.</summary>
    public static Tensor Filled(double number, ScalarType type, params long[] shape)
    {
        Tensor filled = empty(shape, dtype: type);
        filled.Fill(number);
        return filled;
    }

    /// <summary>0, 1, ..., count - 1.</summary>
    public static Tensor Range(long count, ScalarType type = ScalarType.Int64)
    {
        using Scalar held = count.ToScalar();
        return arange(Zero, held, One, type);
    }

    // Most in-place calls return a second handle to the tensor, some the tensor itself.
    private static void DropSecond(Tensor x, Tensor returned)
    {
        if (!ReferenceEquals(x, returned))
            returned.Dispose();
    }
}
