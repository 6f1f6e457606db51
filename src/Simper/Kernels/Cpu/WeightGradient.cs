using Simper.Tensors;
using TorchSharp;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, N rows and D columns of a weight.

/// <summary>
/// The weight gradient, accumulated directly into the float32 sum: W' (+)= dyᵀ x, in bfloat16 products by
/// <see cref="MatrixUnit"/>. x is packed once; an item takes a panel of dy's columns, transposes it in the cache, and multiplies
/// it with a part of x's panels.
/// </summary>
internal readonly unsafe struct WeightGradient : IJob
{
    /// <summary>Tokens multiplied at a time.</summary>
    private const int Step = 2048;

    /// <summary>Tokens are zero-padded to a multiple of this: few kernels for many lengths.</summary>
    private const int Grain = 32;

    public required BFloat16* Left { get; init; } // dy [T, N]
    public required uint* Right { get; init; } // x, packed: panels of 64 columns, each as pairs of tokens
    public required float* Sum { get; init; } // [N, D]
    public required int Tokens { get; init; }
    public required int Rows { get; init; } // N
    public required int Columns { get; init; } // D
    public required bool Adds { get; init; }

    private int Parts { get; init; } // of x's panels; set before the threads start

    /// <summary>Tokens, zero padding included.</summary>
    public static int Filled(int tokens) => (tokens + Grain - 1) / Grain * Grain;

    public void Run()
    {
        int panels = PanelProduct.PanelsOf(Rows);
        int parts = PanelProduct.PartsOf(panels, PanelProduct.PanelsOf(Columns));
        Workers.Run(this with { Parts = parts }, panels * parts);
    }

    public void Run(int item)
    {
        int panels = PanelProduct.PanelsOf(Columns);
        int part = item % Parts;
        int row = item / Parts * PanelProduct.Panel;
        int rows = Math.Min(PanelProduct.Panel, Rows - row);
        int filled = Filled(Tokens);
        var turned = (BFloat16*)Scratch.Of(sizeof(BFloat16) * 2L * filled * PanelProduct.Panel);
        Packing.Transpose(Left + row, Rows, Tokens, rows, turned, filled, (uint*)(turned + (long)filled * PanelProduct.Panel));
        int end = Tokens + Tokens % 2; // the transposition pads to a pair
        for (int i = 0; i < rows; i++)
            new Span<BFloat16>(turned + (long)i * filled + end, filled - end).Clear();
        for (int panel = panels * part / Parts; panel < panels * (part + 1) / Parts; panel++)
        {
            int column = panel * PanelProduct.Panel;
            int columns = Math.Min(PanelProduct.Panel, Columns - column);
            uint* right = Right + (long)panel * filled / 2 * PanelProduct.Panel;
            for (int t = 0; t < filled; t += Step)
            {
                MatrixUnit.Multiply(
                    rows,
                    columns,
                    Math.Min(Step, filled - t),
                    turned + t,
                    filled,
                    right + t / 2 * PanelProduct.Panel,
                    PanelProduct.Panel,
                    Sum + (long)row * Columns + column,
                    Columns,
                    Adds || t > 0
                );
            }
        }
        MatrixUnit.Rest();
    }

    /// <summary>Packs x: one panel of 64 columns per item.</summary>
    public readonly struct Pack : IJob
    {
        public required BFloat16* From { get; init; } // x [T, D]
        public required uint* To { get; init; }
        public required int Tokens { get; init; }
        public required int Columns { get; init; }

        public void Run() => Workers.Run(this, PanelProduct.PanelsOf(Columns));

        public void Run(int item)
        {
            int column = item * PanelProduct.Panel;
            int columns = Math.Min(PanelProduct.Panel, Columns - column);
            int pairs = (Tokens + 1) / 2;
            uint* panel = To + (long)item * Filled(Tokens) / 2 * PanelProduct.Panel;
            Packing.PairRows(From + column, Columns, Tokens, columns, panel, PanelProduct.Panel);
            new Span<uint>(panel + (long)pairs * PanelProduct.Panel, (Filled(Tokens) / 2 - pairs) * PanelProduct.Panel).Clear();
        }
    }
}
