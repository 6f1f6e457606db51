using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: N rows, D width, B blocks of rows.

/// <summary>Layer norm over rows of D numbers, forward and backward; see <see cref="KernelSet"/> for the formulas.</summary>
internal static unsafe class LayerNormKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    private const int BlockRows = RmsNormKernel<TCompute, TWide>.BlockRows;

    private static int Lane => Vector512<TWide>.Count;

    /// <summary>Output, and 1 / deviation unless given.</summary>
    public readonly struct Forward : IJob
    {
        public required TWide* X { get; init; } // [N, D]
        public required TWide* Weight { get; init; } // [D]
        public required TWide* Bias { get; init; } // [D] or null
        public required TWide* InverseDeviation { get; init; } // [N]
        public required TCompute* Output { get; init; } // [N, D]
        public required long Rows { get; init; }
        public required int Width { get; init; }
        public required double Epsilon { get; init; }
        public required bool KnowsDeviation { get; init; }

        public void Run(int item)
        {
            for (long row = (long)item * BlockRows; row < Math.Min(Rows, (item + 1L) * BlockRows); row++)
            {
                TWide* x = X + row * Width;
                TCompute* output = Output + row * Width;
                Vector512<TWide> mean = Mean(x, Width);
                if (!KnowsDeviation)
                {
                    Vector512<TWide> squares = default;
                    for (int i = 0; i < Width; i += Lane)
                    {
                        Vector512<TWide> v = Centered(x + i, mean, Width - i);
                        squares = Lanes.MultiplyAdd(v, v, squares);
                    }
                    double variance = Lanes.Double(Vector512.Sum(squares)) / Width;
                    InverseDeviation[row] = Lanes.Number<TWide>(1 / Math.Sqrt(variance + Epsilon));
                }
                Vector512<TWide> scale = Vector512.Create(InverseDeviation[row]);
                for (int i = 0; i < Width; i += Lane)
                {
                    int left = Width - i;
                    Vector512<TWide> v = Centered(x + i, mean, left) * scale * Lanes<TWide, TWide>.Load(Weight + i, left);
                    if (Bias is not null)
                        v += Lanes<TWide, TWide>.Load(Bias + i, left);
                    Lanes<TCompute, TWide>.Store(output + i, v, left);
                }
            }
        }
    }

    /// <summary>Residual gradient plus the norm's, and each block's part of the weight gradient.</summary>
    public readonly struct Backward : IJob
    {
        public required TCompute* Flowing { get; init; } // [N, D]
        public required TWide* X { get; init; } // [N, D]
        public required TWide* Weight { get; init; } // [D]
        public required TWide* InverseDeviation { get; init; } // [N]
        public required TWide* Residual { get; init; } // [N, D] or null
        public required TWide* Result { get; init; } // [N, D]
        public required TWide* WeightParts { get; init; } // [B, D]
        public required long Rows { get; init; }
        public required int Width { get; init; }

        public void Run(int item)
        {
            TWide* parts = WeightParts + (long)item * Width;
            new Span<TWide>(parts, Width).Clear();
            for (long row = (long)item * BlockRows; row < Math.Min(Rows, (item + 1L) * BlockRows); row++)
            {
                TCompute* flowing = Flowing + row * Width;
                TWide* x = X + row * Width;
                Vector512<TWide> mean = Mean(x, Width);
                Vector512<TWide> scale = Vector512.Create(InverseDeviation[row]);
                (Vector512<TWide> sum, Vector512<TWide> along) = (default, default);
                for (int i = 0; i < Width; i += Lane)
                {
                    int left = Width - i;
                    Vector512<TWide> dy = Lanes<TCompute, TWide>.Load(flowing + i, left);
                    Vector512<TWide> weight = Lanes<TWide, TWide>.Load(Weight + i, left);
                    Vector512<TWide> product = dy * (Centered(x + i, mean, left) * scale);
                    sum = Lanes.MultiplyAdd(dy, weight, sum);
                    along = Lanes.MultiplyAdd(product, weight, along);
                    Lanes<TWide, TWide>.Store(parts + i, Lanes<TWide, TWide>.Load(parts + i, left) + product, left);
                }
                Vector512<TWide> meanGradient = Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(sum)) / Width);
                Vector512<TWide> meanAlong = Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(along)) / Width);
                for (int i = 0; i < Width; i += Lane)
                {
                    int left = Width - i;
                    Vector512<TWide> g =
                        Lanes<TCompute, TWide>.Load(flowing + i, left) * Lanes<TWide, TWide>.Load(Weight + i, left);
                    Vector512<TWide> normalised = Centered(x + i, mean, left) * scale;
                    Vector512<TWide> dx = (g - meanGradient - normalised * meanAlong) * scale;
                    if (Residual is not null)
                        dx += Lanes<TWide, TWide>.Load(Residual + row * Width + i, left);
                    Lanes<TWide, TWide>.Store(Result + row * Width + i, dx, left);
                }
            }
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
