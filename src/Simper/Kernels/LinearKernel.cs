using System.Runtime.Intrinsics;

namespace Simper.Kernels;

// Legend: N rows, K inputs, M outputs.

/// <summary>
/// y = x Wᵀ + b for few rows of x, as generation needs it: then a product is bound by reading the weights, and libtorch's, which is made
/// for many rows, reads them several times slower than memory gives them. An item is a block of outputs of all rows. A row's numbers
/// have the same bits whatever its neighbours.
/// </summary>
internal static unsafe class LinearKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Outputs of an item: few enough that even a small matrix is shared out evenly.</summary>
    private const int BlockOutputs = 32;

    public static int Blocks(long outputs) => (int)((outputs + BlockOutputs - 1) / BlockOutputs);

    /// <summary>What is multiplied.</summary>
    public readonly struct Operands
    {
        public required TCompute* X { get; init; }          // [N, K]
        public required TCompute* Weight { get; init; }     // [M, K]
        public required TCompute* Bias { get; init; }       // [M] or null
        public required int Rows { get; init; }
        public required int Inputs { get; init; }
        public required int Outputs { get; init; }
    }

    /// <summary>y, rounded.</summary>
    public readonly struct Rounded : IJob
    {
        public required Operands Of { get; init; }
        public required TCompute* Result { get; init; }     // [N, M]

        public void Run(int item)
        {
            TWide* sums = stackalloc TWide[BlockOutputs * KernelSet.FewRows];
            for (int row = 0; row < Of.Rows; row += KernelSet.FewRows)
            {
                (int count, int first, int width) = Multiply(Of, item, row, sums);
                for (int i = 0; i < count; i++)
                {
                    TCompute* to = Result + (long)(row + i) * Of.Outputs + first;
                    for (int j = 0; j < width; j += Vector512<TWide>.Count)
                        Lanes<TCompute, TWide>.Store(to + j, Vector512.Load(sums + i * BlockOutputs + j), width - j);
                }
            }
        }
    }

    /// <summary>y, wide, or residual + y.</summary>
    public readonly struct Wide : IJob
    {
        public required Operands Of { get; init; }
        public required TWide* Residual { get; init; }      // [N, M] or null
        public required TWide* Result { get; init; }        // [N, M]; may be the residual

        public void Run(int item)
        {
            TWide* sums = stackalloc TWide[BlockOutputs * KernelSet.FewRows];
            for (int row = 0; row < Of.Rows; row += KernelSet.FewRows)
            {
                (int count, int first, int width) = Multiply(Of, item, row, sums);
                for (int i = 0; i < count; i++)
                {
                    long at = (long)(row + i) * Of.Outputs + first;
                    for (int j = 0; j < width; j += Vector512<TWide>.Count)
                    {
                        Vector512<TWide> sum = Vector512.Load(sums + i * BlockOutputs + j);
                        if (Residual is not null)
                            sum += Lanes<TWide, TWide>.Load(Residual + at + j, width - j);
                        Lanes<TWide, TWide>.Store(Result + at + j, sum, width - j);
                    }
                }
            }
        }
    }

    // The sums of an item for few rows from the one given; returns how many rows, the item's first output and its number of outputs.
    private static (int Rows, int First, int Width) Multiply(in Operands of, int item, int row, TWide* sums)
    {
        int rows = Math.Min(KernelSet.FewRows, of.Rows - row), first = item * BlockOutputs, width = Math.Min(BlockOutputs, of.Outputs - first);
        DotTile<TCompute, TWide>.Multiply(of.X + (long)row * of.Inputs, of.Inputs, rows, of.Weight + (long)first * of.Inputs, of.Inputs, width, of.Inputs, sums, BlockOutputs);
        for (int i = 0; of.Bias is not null && i < rows; i++)
        {
            for (int j = 0; j < width; j += Vector512<TWide>.Count)
            {
                TWide* sum = sums + i * BlockOutputs + j;
                Vector512.Store(Vector512.Load(sum) + Lanes<TCompute, TWide>.Load(of.Bias + first + j, width - j), sum);
            }
        }
        return (rows, first, width);
    }
}
