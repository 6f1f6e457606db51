using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Packs a part of a matrix of quantised blocks into the panels of a <see cref="PanelProduct"/>: tiles of it are unpacked into
/// the cache first. The panels have the bits that the unpacked matrix would give them, and so has the product.
/// </summary>
internal static unsafe class PackedPanels
{
    /// <summary>Panels that are packed together where blocks lie across them.</summary>
    public const int Stripe = PackedTile<BFloat16>.Grain / PanelProduct.Panel;

    /// <summary>Rows of W unpacked at a time, where a panel goes across them: even.</summary>
    private const int TileRows = 64;

    /// <summary>Values of a row unpacked at a time, where a panel goes along them.</summary>
    private const int TileDepth = 2 * PackedTile<BFloat16>.Grain;

    public static void Run(PackedMatrix packed, PanelProduct.PackPanels into, int panels)
    {
        if (into.IsTransposed)
            Workers.Run(new Along { Packed = packed, Into = into }, panels * into.Twice);
        else
        {
            var across = new Across
            {
                Packed = packed,
                Into = into,
                Panels = panels,
            };
            Workers.Run(across, (panels + Stripe - 1) / Stripe * across.Parts);
        }
    }

    /// <summary>Columns of a panel are rows of W.</summary>
    private readonly struct Along : IJob
    {
        public required PackedMatrix Packed { get; init; }
        public required PanelProduct.PackPanels Into { get; init; }

        public void Run(int item)
        {
            (int panel, int which) = (item / Into.Twice, item % Into.Twice);
            int column = Into.FirstColumn + panel * PanelProduct.Panel;
            int columns = Math.Min(PanelProduct.Panel, Into.Columns - column);
            column += which * Into.Second;
            var tile = (BFloat16*)Scratch.Of((long)PanelProduct.Panel * TileDepth * sizeof(BFloat16));
            uint* to = Into.PanelAt(panel, which);
            for (int done = 0; done < Into.Depth; done += TileDepth, to += TileDepth / 2 * PanelProduct.Panel)
            {
                int depth = Math.Min(TileDepth, Into.Depth - done);
                PackedTile<BFloat16>.Unpack(Packed, column, columns, Into.FirstDepth + done, depth, tile, depth);
                Packing.PairColumns(tile, depth, columns, depth, to, PanelProduct.Panel);
            }
        }
    }

    /// <summary>Columns of a panel are columns of W: a stripe of panels as wide as the largest block, some rows of it an
    /// item.</summary>
    private readonly struct Across : IJob
    {
        public required PackedMatrix Packed { get; init; }
        public required PanelProduct.PackPanels Into { get; init; }
        public required int Panels { get; init; }

        public int Parts => (Into.Depth + TileRows - 1) / TileRows;

        public void Run(int item)
        {
            (int stripe, int part) = (item / Parts, item % Parts);
            int first = part * TileRows;
            int rows = Math.Min(TileRows, Into.Depth - first);
            int firstPanel = stripe * Stripe;
            int column = Into.FirstColumn + firstPanel * PanelProduct.Panel;
            int columns = Math.Min(PackedTile<BFloat16>.Grain, Into.Columns - column);
            var tile = (BFloat16*)Scratch.Of((long)TileRows * PackedTile<BFloat16>.Grain * sizeof(BFloat16));
            PackedTile<BFloat16>.Unpack(Packed, Into.FirstDepth + first, rows, column, columns, tile, columns);
            for (int i = 0; i < Stripe && firstPanel + i < Panels; i++)
            {
                int at = i * PanelProduct.Panel;
                Packing.PairRows(
                    tile + at,
                    columns,
                    rows,
                    Math.Min(PanelProduct.Panel, columns - at),
                    Into.PanelAt(firstPanel + i, 0) + (long)first / 2 * PanelProduct.Panel,
                    PanelProduct.Panel
                );
            }
        }
    }
}
