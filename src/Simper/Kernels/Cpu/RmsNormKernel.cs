using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: N rows, D width, B blocks of rows.

/// <summary>RMS norm over rows of D numbers, forward and backward; see <see cref="KernelSet"/> for the formulas.</summary>
internal static unsafe class RmsNormKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Rows per item. Fixed, so that sums over rows do not depend on the number of threads.</summary>
    public const int BlockRows = 32;

    public static int Blocks(long rows) => (int)((rows + BlockRows - 1) / BlockRows);

    /// <summary>Output, and 1 / root mean square unless given.</summary>
    public readonly struct Forward : IJob
    {
        public required TWide* X { get; init; } // [N, D]
        public required TWide* Weight { get; init; } // [D]
        public required TWide* InverseRms { get; init; } // [N]
        public required TCompute* Output { get; init; } // [N, D]
        public required long Rows { get; init; }
        public required int Width { get; init; }
        public required double Epsilon { get; init; }
        public required bool KnowsRms { get; init; }

        public void Run(int item)
        {
            int lanes = Lanes<TWide, TWide>.Count;
            for (long row = (long)item * BlockRows; row < Math.Min(Rows, (item + 1L) * BlockRows); row++)
            {
                TWide* x = X + row * Width;
                TCompute* output = Output + row * Width;
                if (!KnowsRms)
                {
                    Vector512<TWide> squares = default;
                    for (int i = 0; i < Width; i += lanes)
                    {
                        Vector512<TWide> v = Lanes<TWide, TWide>.Load(x + i, Width - i);
                        squares = Lanes.MultiplyAdd(v, v, squares);
                    }
                    InverseRms[row] = Lanes.Number<TWide>(1 / Math.Sqrt(Lanes.Double(Vector512.Sum(squares)) / Width + Epsilon));
                }
                Vector512<TWide> scale = Vector512.Create(InverseRms[row]);
                for (int i = 0; i < Width; i += lanes)
                {
                    Vector512<TWide> v =
                        Lanes<TWide, TWide>.Load(x + i, Width - i) * scale * Lanes<TWide, TWide>.Load(Weight + i, Width - i);
                    Lanes<TCompute, TWide>.Store(output + i, v, Width - i);
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
        public required TWide* InverseRms { get; init; } // [N]
        public required TWide* Residual { get; init; } // [N, D] or null
        public required TWide* Result { get; init; } // [N, D]
        public required TWide* WeightParts { get; init; } // [B, D]
        public required long Rows { get; init; }
        public required int Width { get; init; }

        public void Run(int item)
        {
            int lanes = Lanes<TWide, TWide>.Count;
            TWide* parts = WeightParts + (long)item * Width;
            new Span<TWide>(parts, Width).Clear();
            for (long row = (long)item * BlockRows; row < Math.Min(Rows, (item + 1L) * BlockRows); row++)
            {
                TCompute* flowing = Flowing + row * Width;
                TWide* x = X + row * Width;
                Vector512<TWide> scale = Vector512.Create(InverseRms[row]);
                Vector512<TWide> along = default;
                for (int i = 0; i < Width; i += lanes)
                {
                    Vector512<TWide> dy = Lanes<TCompute, TWide>.Load(flowing + i, Width - i);
                    Vector512<TWide> product = dy * (Lanes<TWide, TWide>.Load(x + i, Width - i) * scale);
                    along = Lanes.MultiplyAdd(product, Lanes<TWide, TWide>.Load(Weight + i, Width - i), along);
                    Lanes<TWide, TWide>.Store(parts + i, Lanes<TWide, TWide>.Load(parts + i, Width - i) + product, Width - i);
                }
                Vector512<TWide> mean = Lanes.Create<TWide>(Lanes.Double(Vector512.Sum(along)) / Width);
                for (int i = 0; i < Width; i += lanes)
                {
                    Vector512<TWide> g =
                        Lanes<TCompute, TWide>.Load(flowing + i, Width - i) * Lanes<TWide, TWide>.Load(Weight + i, Width - i);
                    Vector512<TWide> normalised = Lanes<TWide, TWide>.Load(x + i, Width - i) * scale;
                    Vector512<TWide> dx = (g - normalised * mean) * scale;
                    if (Residual is not null)
                        dx += Lanes<TWide, TWide>.Load(Residual + row * Width + i, Width - i);
                    Lanes<TWide, TWide>.Store(Result + row * Width + i, dx, Width - i);
                }
            }
        }
    }
}
