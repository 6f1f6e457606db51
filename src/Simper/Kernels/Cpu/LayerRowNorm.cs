using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>Layer norm; see <see cref="KernelSet"/> for the formulas.</summary>
internal readonly unsafe struct LayerRowNorm<TCompute, TWide> : IRowNorm<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    private static int Lane => Vector512<TWide>.Count;

    public static void Forward(in NormForward<TCompute, TWide> of, long row)
    {
        int width = of.Width;
        TWide* x = of.X + row * width;
        TCompute* output = of.Output + row * width;
        Vector512<TWide> mean = Mean(x, width);
        if (!of.KnowsScale)
        {
            Vector512<TWide> squares = default;
            for (int i = 0; i < width; i += Lane)
            {
                Vector512<TWide> v = Centered(x + i, mean, width - i);
                squares = Lanes.MultiplyAdd(v, v, squares);
            }
            double variance = Lanes.Double(Vector512.Sum(squares)) / width;
            of.Scale[row] = Lanes.Number<TWide>(1 / Math.Sqrt(variance + of.Epsilon));
        }
        Vector512<TWide> scale = Vector512.Create(of.Scale[row]);
        for (int i = 0; i < width; i += Lane)
        {
            int left = width - i;
            Vector512<TWide> v = Centered(x + i, mean, left) * scale * Lanes<TWide, TWide>.Load(of.Weight + i, left);
            if (of.Bias is not null)
                v += Lanes<TWide, TWide>.Load(of.Bias + i, left);
            Lanes<TCompute, TWide>.Store(output + i, v, left);
        }
    }

    public static void Backward(in NormBackward<TCompute, TWide> of, long row, TWide* parts)
    {
        int width = of.Width;
        TCompute* flowing = of.Flowing + row * width;
        TWide* x = of.X + row * width;
        TWide* residual = of.Residual is null ? null : of.Residual + row * width;
        TWide* result = of.Result + row * width;
        Vector512<TWide> mean = Mean(x, width);
        Vector512<TWide> scale = Vector512.Create(of.Scale[row]);
        (Vector512<TWide> sum, Vector512<TWide> along) = (default, default);
        for (int i = 0; i < width; i += Lane)
        {
            int left = width - i;
            Vector512<TWide> dy = Lanes<TCompute, TWide>.Load(flowing + i, left);
            Vector512<TWide> weight = Lanes<TWide, TWide>.Load(of.Weight + i, left);
            Vector512<TWide> product = dy * (Centered(x + i, mean, left) * scale);
            sum = Lanes.MultiplyAdd(dy, weight, sum);
            along = Lanes.MultiplyAdd(product, weight, along);
            Lanes<TWide, TWide>.Store(parts + i, Lanes<TWide, TWide>.Load(parts + i, left) + product, left);
        }
        Vector512<TWide> meanGradient = Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(sum)) / width);
        Vector512<TWide> meanAlong = Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(along)) / width);
        for (int i = 0; i < width; i += Lane)
        {
            int left = width - i;
            Vector512<TWide> g = Lanes<TCompute, TWide>.Load(flowing + i, left) * Lanes<TWide, TWide>.Load(of.Weight + i, left);
            Vector512<TWide> normalised = Centered(x + i, mean, left) * scale;
            Vector512<TWide> dx = (g - meanGradient - normalised * meanAlong) * scale;
            if (residual is not null)
                dx += Lanes<TWide, TWide>.Load(residual + i, left);
            Lanes<TWide, TWide>.Store(result + i, dx, left);
        }
    }

    private static Vector512<TWide> Mean(TWide* x, int width)
    {
        Vector512<TWide> sum = default;
        for (int i = 0; i < width; i += Lane)
            sum += Lanes<TWide, TWide>.Load(x + i, width - i);
        return Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(sum)) / width);
    }

    // Zero beyond the row.
    private static Vector512<TWide> Centered(TWide* x, Vector512<TWide> mean, int left)
    {
        Vector512<TWide> v = Lanes<TWide, TWide>.Load(x, left) - mean;
        return left >= Lane ? v : v & Lanes<TWide, TWide>.First(left);
    }
}
