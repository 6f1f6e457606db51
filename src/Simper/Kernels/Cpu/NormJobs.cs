namespace Simper.Kernels.Cpu;

// Legend: N rows, D width, B blocks of rows.

/// <summary>A norm as a type argument: the loops that use it are specialised for each.</summary>
internal unsafe interface IRowNorm<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>A row's output, and its scale unless that is known.</summary>
    static abstract void Forward(in NormForward<TCompute, TWide> of, long row);

    /// <summary>A row's gradient, and its part of the weight gradient added to <paramref name="parts"/> [D].</summary>
    static abstract void Backward(in NormBackward<TCompute, TWide> of, long row, TWide* parts);
}

/// <summary>What a norm reads and writes, forward.</summary>
internal readonly unsafe struct NormForward<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public required TWide* X { get; init; } // [N, D]
    public required TWide* Weight { get; init; } // [D]
    public required TWide* Bias { get; init; } // [D] or null
    public required TWide* Scale { get; init; } // [N]: 1 / root mean square, 1 / deviation
    public required TCompute* Output { get; init; } // [N, D]
    public required long Rows { get; init; }
    public required int Width { get; init; }
    public required double Epsilon { get; init; }
    public required bool KnowsScale { get; init; }
}

/// <summary>What a norm reads and writes, backward.</summary>
internal readonly unsafe struct NormBackward<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public required TCompute* Flowing { get; init; } // [N, D]
    public required TWide* X { get; init; } // [N, D]
    public required TWide* Weight { get; init; } // [D]
    public required TWide* Scale { get; init; } // [N]
    public required TWide* Residual { get; init; } // [N, D] or null
    public required TWide* Result { get; init; } // [N, D]
    public required TWide* WeightParts { get; init; } // [B, D]
    public required long Rows { get; init; }
    public required int Width { get; init; }
}

/// <summary>Norms of many rows, a block of them an item.</summary>
internal static unsafe class NormJobs<TCompute, TWide, TNorm>
    where TCompute : unmanaged
    where TWide : unmanaged
    where TNorm : struct, IRowNorm<TCompute, TWide>
{
    /// <summary>Rows per item. Fixed, so that sums over rows do not depend on the number of threads.</summary>
    private const int BlockRows = 32;

    public static int Blocks(long rows) => (int)((rows + BlockRows - 1) / BlockRows);

    /// <summary>Outputs.</summary>
    public readonly struct Forward(NormForward<TCompute, TWide> of) : IJob
    {
        public void Run(int item)
        {
            for (long row = (long)item * BlockRows; row < Math.Min(of.Rows, (item + 1L) * BlockRows); row++)
                TNorm.Forward(of, row);
        }
    }

    /// <summary>Residual gradients plus the norm's, and each block's part of the weight gradient.</summary>
    public readonly struct Backward(NormBackward<TCompute, TWide> of) : IJob
    {
        public void Run(int item)
        {
            TWide* parts = of.WeightParts + (long)item * of.Width;
            new Span<TWide>(parts, of.Width).Clear();
            for (long row = (long)item * BlockRows; row < Math.Min(of.Rows, (item + 1L) * BlockRows); row++)
                TNorm.Backward(of, row, parts);
        }
    }
}
