using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: N rows, K inputs, M outputs.

/// <summary>
/// y = x Wᵀ + b for few rows of x, as in decoding: there a product is bound by reading the weights, and libtorch's, made for
/// many rows, reads them below the memory bandwidth. An item is a run of outputs for all rows. A row has the same bits whatever
/// its neighbours, and however outputs are split into runs.
/// </summary>
internal static unsafe class LinearKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Outputs whose sums are written together.</summary>
    private const int BlockOutputs = 32;

    /// <summary>Unpacked rows at a time: in the first-level cache.</summary>
    private const int TileBytes = 24 << 10;

    /// <summary>
    /// The operands and their split: one run of outputs per thread, since contiguous memory is read fastest.
    /// </summary>
    /// <param name="x">[N, K]</param>
    /// <param name="weight">[M, K], or null where it is packed.</param>
    /// <param name="packed">The packed weight, or null: then a few of its rows at a time are unpacked into the cache.</param>
    /// <param name="bias">[M] or null.</param>
    /// <param name="rows">N</param>
    /// <param name="inputs">K</param>
    /// <param name="outputs">M</param>
    public readonly struct Operands(
        TCompute* x,
        TCompute* weight,
        PackedMatrix? packed,
        TCompute* bias,
        int rows,
        int inputs,
        int outputs
    )
    {
        private readonly int _run = RunOutputs(outputs, TorchSharp.torch.get_num_threads());

        public int Rows => rows;

        public int Outputs => outputs;

        public int Items => (outputs + _run - 1) / _run;

        /// <summary>The outputs of an item.</summary>
        public (int First, int End) Run(int item) => (item * _run, Math.Min((item + 1) * _run, outputs));

        // Whole tiles, and runs long enough to be worth a thread.
        private static int RunOutputs(int outputs, int threads) => Math.Max(16, ((outputs + threads - 1) / threads + 3) / 4 * 4);

        /// <summary>
        /// Accumulates a block of outputs for few rows onto the given sums, one row of them every <see cref="BlockOutputs"/>.
        /// </summary>
        public void Multiply(int row, int count, int first, int width, TWide* sums)
        {
            if (packed is not null)
                MultiplyPacked(row, count, first, width, sums);
            else
                DotTile<TCompute, TWide>.Multiply(
                    x + (long)row * inputs,
                    inputs,
                    count,
                    weight + (long)first * inputs,
                    inputs,
                    width,
                    inputs,
                    sums,
                    BlockOutputs
                );
            for (int i = 0; bias is not null && i < count; i++)
            {
                for (int j = 0; j < width; j += Vector512<TWide>.Count)
                {
                    TWide* sum = sums + i * BlockOutputs + j;
                    Vector512.Store(Vector512.Load(sum) + Lanes<TCompute, TWide>.Load(bias + first + j, width - j), sum);
                }
            }
        }

        // The order of summation does not depend on how outputs are split: the bits are those of the unpacked matrix.
        private void MultiplyPacked(int row, int count, int first, int width, TWide* sums)
        {
            int most = Math.Clamp(TileBytes / (inputs * sizeof(TCompute)) / 4 * 4, 4, BlockOutputs);
            var tile = (TCompute*)Scratch.Of((long)most * inputs * sizeof(TCompute));
            for (int j = 0; j < width; j += most)
            {
                int outputsHere = Math.Min(most, width - j);
                PackedTile<TCompute>.Unpack(packed!, first + j, outputsHere, 0, inputs, tile, inputs);
                DotTile<TCompute, TWide>.Multiply(
                    x + (long)row * inputs,
                    inputs,
                    count,
                    tile,
                    inputs,
                    outputsHere,
                    inputs,
                    sums + j,
                    BlockOutputs
                );
            }
        }
    }

    /// <summary>y, rounded.</summary>
    public readonly struct Rounded : IJob
    {
        public required Operands Of { get; init; }
        public required TCompute* Result { get; init; } // [N, M]

        public void Run(int item)
        {
            TWide* sums = stackalloc TWide[BlockOutputs * KernelSet.FewRows];
            (int from, int end) = Of.Run(item);
            for (int first = from; first < end; first += BlockOutputs)
            {
                int width = Math.Min(BlockOutputs, end - first);
                for (int row = 0; row < Of.Rows; row += KernelSet.FewRows)
                {
                    int count = Math.Min(KernelSet.FewRows, Of.Rows - row);
                    Of.Multiply(row, count, first, width, sums);
                    for (int i = 0; i < count; i++)
                    {
                        TCompute* to = Result + (long)(row + i) * Of.Outputs + first;
                        for (int j = 0; j < width; j += Vector512<TWide>.Count)
                            Lanes<TCompute, TWide>.Store(to + j, Vector512.Load(sums + i * BlockOutputs + j), width - j);
                    }
                }
            }
        }
    }

    /// <summary>y, wide, or residual + y.</summary>
    public readonly struct Wide : IJob
    {
        public required Operands Of { get; init; }
        public required TWide* Residual { get; init; } // [N, M] or null
        public required TWide* Result { get; init; } // [N, M]; may be the residual

        public void Run(int item)
        {
            TWide* sums = stackalloc TWide[BlockOutputs * KernelSet.FewRows];
            (int from, int end) = Of.Run(item);
            for (int first = from; first < end; first += BlockOutputs)
            {
                int width = Math.Min(BlockOutputs, end - first);
                for (int row = 0; row < Of.Rows; row += KernelSet.FewRows)
                {
                    int count = Math.Min(KernelSet.FewRows, Of.Rows - row);
                    Of.Multiply(row, count, first, width, sums);
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
    }
}
