using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>Consumes a finished tile of a product while it is in the cache.</summary>
internal unsafe interface IEpilogue
{
    /// <summary>Takes the tile of rows [row, row + rows) and columns [column, column + columns).</summary>
    /// <param name="tile">Its values, with row stride <see cref="PanelProduct.Panel"/>.</param>
    /// <param name="second">The tile of the second panel, if the product has one.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">Columns.</param>
    void Take(float* tile, float* second, int row, int rows, int column, int columns);
}

/// <summary>A product of little depth that is added to another one, tile by tile: an adapter's.</summary>
/// <param name="a">[rows, depth]</param>
/// <param name="depth">Even.</param>
/// <param name="b">[depth, columns], or transposed.</param>
/// <param name="bRow">Row stride of B as stored.</param>
/// <param name="isTransposed">Whether B is stored as [columns, depth].</param>
internal readonly unsafe struct AddedProduct(BFloat16* a, int depth, BFloat16* b, int bRow, bool isTransposed)
{
    public BFloat16* A => a;

    public int Depth => depth;

    public BFloat16* B => b;

    public int BRow => bRow;

    public bool IsTransposed => isTransposed;
}

/// <summary>
/// C = A B in bfloat16 with float32 sums, by <see cref="MatrixUnit"/>. B, a weight, is packed into panels of 64 columns that stay
/// in the last-level cache; then blocks of A's rows are multiplied with one panel after the other, so that C is written along its
/// rows. Finished tiles are passed to an <see cref="IEpilogue"/> and never written to memory themselves. Products of more columns
/// or depth than the cache holds are split.
/// </summary>
internal static unsafe class PanelProduct
{
    /// <summary>Columns of a panel, and rows of a block at most.</summary>
    public const int Panel = 64;

    /// <summary>Most values of B that are packed at once: 5 MB of a cache that is shared with other data.</summary>
    private const int MostPacked = 5 << 19;

    /// <summary>Deeper products are accumulated in parts.</summary>
    private const int DepthStep = 4096;

    public static int PanelsOf(int columns) => (columns + Panel - 1) / Panel;

    /// <summary>Minimum number of items, so that all threads are busy to the end.</summary>
    public static int PartsOf(int items, int most) => Math.Clamp((8 * Workers.Threads + items - 1) / items, 1, most);

    /// <param name="a">[rows, depth]</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Even.</param>
    /// <param name="b">[depth, all columns], or transposed; null where it is packed.</param>
    /// <param name="packed">The same as quantised blocks, which are unpacked on the way into the panels; or null.</param>
    /// <param name="bRow">Row stride of B as stored.</param>
    /// <param name="isTransposed">Whether B is stored as [columns, depth].</param>
    /// <param name="columns">Columns of C, or of its left half where there is a second.</param>
    /// <param name="second">Offset in B's columns from each panel to its second one; 0 where there is none.</param>
    /// <param name="epilogue">Consumes the tiles.</param>
    /// <param name="ready">B in panels, made by <see cref="Pack"/>; null to make them in parts while multiplying.</param>
    /// <param name="added">A narrow product that is added to each tile before the epilogue takes it, or null.</param>
    public static void Run<TEpilogue>(
        BFloat16* a,
        int rows,
        int depth,
        BFloat16* b,
        PackedMatrix? packed,
        int bRow,
        bool isTransposed,
        int columns,
        int second,
        TEpilogue epilogue,
        uint* ready = null,
        AddedProduct? added = null
    )
        where TEpilogue : struct, IEpilogue
    {
        using Tensor? panelsOfAdded = added is { } narrow ? PackAdded(narrow, columns, second) : null;
        int twice = second > 0 ? 2 : 1;
        int step = Math.Min(depth, DepthStep);
        int panels = PanelsOf(columns);
        int blocks = PanelsOf(rows);
        // One block reads each panel once: nothing has to stay in the cache.
        bool isOnePass = ready != null && blocks == 1;
        int group = isOnePass ? panels : Math.Clamp(MostPacked / (step * Panel * twice), 1, panels);
        if (packed is not null)
            group = (group + PackedPanels.Stripe - 1) / PackedPanels.Stripe * PackedPanels.Stripe; // parts begin at whole blocks
        using Tensor? panelsOfB =
            ready == null ? Arena.Empty(ScalarType.BFloat16, (long)group * twice, (long)step * Panel) : null;
        using Tensor? sums = step < depth ? Arena.Empty(ScalarType.Float32, (long)blocks * group, twice * Panel * Panel) : null;
        for (int first = 0; first < panels; first += group)
        {
            int panelsHere = Math.Min(group, panels - first);
            for (int from = 0; from < depth; from += step)
            {
                int depthHere = Math.Min(step, depth - from);
                var pack = new PackPanels
                {
                    From = b,
                    Row = bRow,
                    IsTransposed = isTransposed,
                    FirstColumn = first * Panel,
                    Columns = columns,
                    Second = second,
                    FirstDepth = from,
                    Depth = depthHere,
                    To = panelsOfB is null
                        ? ready + ((long)panels * from + (long)first * depthHere) * twice * Panel / 2
                        : (uint*)TensorMemory.Pointer(panelsOfB),
                };
                if (packed is not null)
                    PackedPanels.Run(packed, pack, panelsHere);
                else if (panelsOfB is not null)
                    Workers.Run(pack, panelsHere * twice);
                // Contiguous memory is read fastest: where reading is all the work, one run of panels per thread.
                int parts =
                    isOnePass && rows <= KernelSet.FewRows ? Math.Min(Workers.Threads, panelsHere) : PartsOf(blocks, panelsHere);
                var multiply = new MultiplyPanels<TEpilogue>
                {
                    A = a + from,
                    ARow = depth,
                    Rows = rows,
                    Blocks = blocks,
                    Packed = pack,
                    Panels = panelsHere,
                    Parts = parts,
                    Sums = sums is null ? null : (float*)TensorMemory.Pointer(sums),
                    Adds = from > 0,
                    IsLast = from + step >= depth,
                    Epilogue = epilogue,
                    Added = added,
                    AddedPanels = panelsOfAdded is null
                        ? null
                        : (uint*)TensorMemory.Pointer(panelsOfAdded) + (long)first * twice * (added!.Value.Depth / 2) * Panel,
                };
                Workers.Run(multiply, blocks * parts);
            }
        }
    }

    /// <summary>
    /// All of B, stored as [columns, depth], packed for <see cref="Run"/>: panels side by side, parts of the depth one after
    /// another. The caller owns it.
    /// </summary>
    /// <param name="b">[all columns, depth]</param>
    /// <param name="depth">Even.</param>
    /// <param name="columns">Columns of C, or of its left half where there is a second.</param>
    /// <param name="second">As in <see cref="Run"/>.</param>
    public static Tensor Pack(BFloat16* b, int depth, int columns, int second)
    {
        int twice = second > 0 ? 2 : 1;
        int panels = PanelsOf(columns);
        Tensor packed = Arena.Empty(ScalarType.BFloat16, (long)panels * twice * Panel, depth);
        for (int from = 0; from < depth; from += DepthStep)
        {
            var pack = new PackPanels
            {
                From = b,
                Row = depth,
                IsTransposed = true,
                FirstColumn = 0,
                Columns = columns,
                Second = second,
                FirstDepth = from,
                Depth = Math.Min(DepthStep, depth - from),
                To = (uint*)TensorMemory.Pointer(packed) + (long)panels * from * twice * Panel / 2,
            };
            Workers.Run(pack, panels * twice);
        }
        return packed;
    }

    // All of the narrow product's B: it is small.
    private static Tensor PackAdded(AddedProduct added, int columns, int second)
    {
        int twice = second > 0 ? 2 : 1;
        Tensor packed = Arena.Empty(ScalarType.BFloat16, (long)PanelsOf(columns) * twice * Panel, added.Depth);
        var pack = new PackPanels
        {
            From = added.B,
            Row = added.BRow,
            IsTransposed = added.IsTransposed,
            FirstColumn = 0,
            Columns = columns,
            Second = second,
            FirstDepth = 0,
            Depth = added.Depth,
            To = (uint*)TensorMemory.Pointer(packed),
        };
        Workers.Run(pack, PanelsOf(columns) * twice);
        return packed;
    }

    /// <summary>Packs a part of B: one panel per item, first and second panels alternating.</summary>
    internal readonly struct PackPanels : IJob
    {
        public required BFloat16* From { get; init; }
        public required int Row { get; init; }
        public required bool IsTransposed { get; init; }
        public required int FirstColumn { get; init; }
        public required int Columns { get; init; }
        public required int Second { get; init; }
        public required int FirstDepth { get; init; }
        public required int Depth { get; init; }
        public required uint* To { get; init; }

        public int Twice => Second > 0 ? 2 : 1;

        public uint* PanelAt(int panel, int which) => To + ((long)panel * Twice + which) * (Depth / 2) * Panel;

        public void Run(int item)
        {
            (int panel, int which) = (item / Twice, item % Twice);
            int column = FirstColumn + panel * Panel;
            int columns = Math.Min(Panel, Columns - column);
            column += which * Second;
            if (IsTransposed)
                Packing.PairColumns(From + (long)column * Row + FirstDepth, Row, columns, Depth, PanelAt(panel, which), Panel);
            else
                Packing.PairRows(From + (long)FirstDepth * Row + column, Row, Depth, columns, PanelAt(panel, which), Panel);
        }
    }

    /// <summary>Multiplies with the packed part of B: one block of rows and a part of the panels per item.</summary>
    private readonly struct MultiplyPanels<TEpilogue> : IJob
        where TEpilogue : struct, IEpilogue
    {
        public required BFloat16* A { get; init; }
        public required int ARow { get; init; }
        public required int Rows { get; init; }
        public required int Blocks { get; init; }
        public required PackPanels Packed { get; init; }
        public required int Panels { get; init; }
        public required int Parts { get; init; }
        public required float* Sums { get; init; } // tiles of all blocks and panels, or null where the depth is not split
        public required bool Adds { get; init; }
        public required bool IsLast { get; init; }
        public required TEpilogue Epilogue { get; init; }
        public required AddedProduct? Added { get; init; }
        public required uint* AddedPanels { get; init; } // from the first panel on

        public void Run(int item)
        {
            (int block, int part) = (item / Parts, item % Parts);
            int row = (int)((long)Rows * block / Blocks);
            int rows = (int)((long)Rows * (block + 1) / Blocks) - row;
            const int tileNumbers = Panel * Panel;
            float* tiles = Sums is null
                ? (float*)Scratch.Of(sizeof(float) * 2 * tileNumbers)
                : Sums + (long)block * Panels * Packed.Twice * tileNumbers;
            for (int panel = Panels * part / Parts; panel < Panels * (part + 1) / Parts; panel++)
            {
                float* tile = Sums is null ? tiles : tiles + (long)panel * Packed.Twice * tileNumbers;
                int column = Packed.FirstColumn + panel * Panel;
                int columns = Math.Min(Panel, Packed.Columns - column);
                for (int which = 0; which < Packed.Twice; which++)
                {
                    MatrixUnit.Multiply(
                        rows,
                        columns,
                        Packed.Depth,
                        A + (long)row * ARow,
                        ARow,
                        Packed.PanelAt(panel, which),
                        Panel,
                        tile + which * tileNumbers,
                        Panel,
                        Adds
                    );
                    if (IsLast && Added is { } added)
                        MatrixUnit.Multiply(
                            rows,
                            columns,
                            added.Depth,
                            added.A + (long)row * added.Depth,
                            added.Depth,
                            AddedPanels + ((long)panel * Packed.Twice + which) * (added.Depth / 2) * Panel,
                            Panel,
                            tile + which * tileNumbers,
                            Panel,
                            adds: true
                        );
                }
                if (IsLast)
                    Epilogue.Take(tile, tile + tileNumbers, row, rows, column, columns);
            }
            MatrixUnit.Rest();
        }
    }
}
