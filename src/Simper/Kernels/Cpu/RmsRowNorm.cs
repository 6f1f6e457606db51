using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>RMS norm; see <see cref="KernelSet"/> for the formulas.</summary>
internal readonly unsafe struct RmsRowNorm<TCompute, TWide> : IRowNorm<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    private static int Lane => Vector512<TWide>.Count;

    public static void Forward(in NormForward<TCompute, TWide> of, long row)
    {
        int width = of.Width;
        TWide* weight = of.Weight;
        TWide* x = of.X + row * width;
        TCompute* output = of.Output + row * width;
        if (!of.KnowsScale)
        {
            Vector512<TWide> squares = default;
            for (int i = 0; i < width; i += Lane)
            {
                Vector512<TWide> v = Lanes<TWide, TWide>.Load(x + i, width - i);
                squares = Lanes.MultiplyAdd(v, v, squares);
            }
            of.Scale[row] = Lanes.Number<TWide>(1 / Math.Sqrt(Lanes.Double(Vector512.Sum(squares)) / width + of.Epsilon));
        }
        Vector512<TWide> scale = Vector512.Create(of.Scale[row]);
        for (int i = 0; i < width; i += Lane)
        {
            int left = width - i;
            Vector512<TWide> v = Lanes<TWide, TWide>.Load(x + i, left) * scale * Lanes<TWide, TWide>.Load(weight + i, left);
            Lanes<TCompute, TWide>.Store(output + i, v, left);
        }
    }

    public static void Backward(in NormBackward<TCompute, TWide> of, long row, TWide* parts)
    {
        int width = of.Width;
        TWide* weight = of.Weight;
        TCompute* flowing = of.Flowing + row * width;
        TWide* x = of.X + row * width;
        TWide* residual = of.Residual is null ? null : of.Residual + row * width;
        TWide* result = of.Result + row * width;
        Vector512<TWide> scale = Vector512.Create(of.Scale[row]);
        Vector512<TWide> along = default;
        for (int i = 0; i < width; i += Lane)
        {
            int left = width - i;
            Vector512<TWide> dy = Lanes<TCompute, TWide>.Load(flowing + i, left);
            Vector512<TWide> product = dy * (Lanes<TWide, TWide>.Load(x + i, left) * scale);
            along = Lanes.MultiplyAdd(product, Lanes<TWide, TWide>.Load(weight + i, left), along);
            Lanes<TWide, TWide>.Store(parts + i, Lanes<TWide, TWide>.Load(parts + i, left) + product, left);
        }
        Vector512<TWide> mean = Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(along)) / width);
        for (int i = 0; i < width; i += Lane)
        {
            int left = width - i;
            Vector512<TWide> g = Lanes<TCompute, TWide>.Load(flowing + i, left) * Lanes<TWide, TWide>.Load(weight + i, left);
            Vector512<TWide> normalised = Lanes<TWide, TWide>.Load(x + i, left) * scale;
            Vector512<TWide> dx = (g - normalised * mean) * scale;
            if (residual is not null)
                dx += Lanes<TWide, TWide>.Load(residual + i, left);
            Lanes<TWide, TWide>.Store(result + i, dx, left);
        }
    }
}
