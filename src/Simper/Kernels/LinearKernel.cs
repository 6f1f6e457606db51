namespace Simper.Kernels;

// Legend: N rows, K inputs, M outputs.

/// <summary>
/// y = x Wᵀ for few rows of x, as generation needs it: then a product is bound by reading the weights, and libtorch's, which is made for
/// many rows, reads them several times slower than memory gives them.
/// </summary>
internal static unsafe class LinearKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Outputs of an item: few enough that even a small matrix is shared out evenly.</summary>
    public const int BlockOutputs = 32;

    public static int Blocks(long outputs) => (int)((outputs + BlockOutputs - 1) / BlockOutputs);

    /// <summary>A block of outputs of all rows.</summary>
    public readonly struct Forward : IJob
    {
        public required TCompute* X { get; init; }          // [N, K]
        public required TCompute* Weight { get; init; }     // [M, K]
        public required TCompute* Result { get; init; }     // [N, M]
        public required int Rows { get; init; }
        public required int Inputs { get; init; }
        public required int Outputs { get; init; }

        public void Run(int item)
        {
            int first = item * BlockOutputs, count = Math.Min(BlockOutputs, Outputs - first), lanes = Lanes<TCompute, TWide>.Count;
            TWide* sums = stackalloc TWide[BlockOutputs * KernelSet.FewRows];
            DotTile<TCompute, TWide>.Multiply(X, Inputs, Rows, Weight + (long)first * Inputs, Inputs, count, Inputs, sums, BlockOutputs);
            for (int row = 0; row < Rows; row++)
            {
                TCompute* result = Result + (long)row * Outputs + first;
                TWide* sum = sums + row * BlockOutputs;
                for (int i = 0; i < count; i += lanes)
                    Lanes<TCompute, TWide>.Store(result + i, Lanes<TWide, TWide>.Load(sum + i, count - i), count - i);
            }
        }
    }
}
