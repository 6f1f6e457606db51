using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>Epilogues of the decoder's linear layers.</summary>
internal static unsafe class Epilogues
{
    /// <summary>The product, plus a bias if there is one, in bfloat16.</summary>
    public readonly struct Narrow : IEpilogue
    {
        public required BFloat16* Result { get; init; } // [rows, Width]
        public required int Width { get; init; }
        public BFloat16* Bias { get; init; } // [Width] or null

        public void Take(float* tile, float* second, int row, int rows, int column, int columns)
        {
            for (int i = 0; i < rows; i++, tile += PanelProduct.Panel)
            {
                BFloat16* to = Result + (long)(row + i) * Width + column;
                if (columns == PanelProduct.Panel && Bias is null)
                {
                    Lanes<BFloat16, float>.Store(to, Vector512.Load(tile), Vector512.Load(tile + 16));
                    Lanes<BFloat16, float>.Store(to + 32, Vector512.Load(tile + 32), Vector512.Load(tile + 48));
                    continue;
                }
                for (int j = 0; j < columns; j += 16)
                    Lanes<BFloat16, float>.Store(to + j, Biased(tile + j, Bias, column + j, columns - j), columns - j);
            }
        }
    }

    /// <summary>Residual + product, wide; or the product alone.</summary>
    public readonly struct Residual : IEpilogue
    {
        public required float* Before { get; init; } // [rows, Width] or null
        public required float* Result { get; init; } // [rows, Width]
        public required int Width { get; init; }
        public BFloat16* Bias { get; init; } // [Width] or null

        public void Take(float* tile, float* second, int row, int rows, int column, int columns)
        {
            for (int i = 0; i < rows; i++, tile += PanelProduct.Panel)
            {
                long at = (long)(row + i) * Width + column;
                for (int j = 0; j < columns; j += 16)
                {
                    Vector512<float> sum = Biased(tile + j, Bias, column + j, columns - j);
                    if (Before is not null)
                        sum = Lanes<float, float>.Load(Before + at + j, columns - j) + sum;
                    Lanes<float, float>.Store(Result + at + j, sum, columns - j);
                }
            }
        }
    }

    /// <summary>
    /// Gate and up, kept for the backward pass, and act(gate) · up of the rounded values, so that it can be recomputed exactly.
    /// </summary>
    public readonly struct Gate<TActivation> : IEpilogue
        where TActivation : struct, IActivation
    {
        public required BFloat16* GateUp { get; init; } // [rows, 2 Inner]
        public required BFloat16* Gated { get; init; } // [rows, Inner]
        public required int Inner { get; init; }
        public BFloat16* Bias { get; init; } // [2 Inner] or null

        public void Take(float* tile, float* second, int row, int rows, int column, int columns)
        {
            for (int i = 0; i < rows; i++, tile += PanelProduct.Panel, second += PanelProduct.Panel)
            {
                BFloat16* gates = GateUp + (long)(row + i) * 2 * Inner + column;
                BFloat16* ups = gates + Inner;
                BFloat16* gated = Gated + (long)(row + i) * Inner + column;
                int whole = Bias is null ? columns / 32 * 32 : 0;
                for (int j = 0; j < whole; j += 32)
                {
                    Vector512<float> gate0 = Lanes<BFloat16, float>.Rounded(Vector512.Load(tile + j));
                    Vector512<float> gate1 = Lanes<BFloat16, float>.Rounded(Vector512.Load(tile + j + 16));
                    Vector512<float> up0 = Lanes<BFloat16, float>.Rounded(Vector512.Load(second + j));
                    Vector512<float> up1 = Lanes<BFloat16, float>.Rounded(Vector512.Load(second + j + 16));
                    StoreRounded(gates + j, gate0, gate1);
                    StoreRounded(ups + j, up0, up1);
                    Lanes<BFloat16, float>.Store(
                        gated + j,
                        Gating<TActivation>.Gated(gate0, up0),
                        Gating<TActivation>.Gated(gate1, up1)
                    );
                }
                for (int j = whole; j < columns; j += 16)
                {
                    int left = columns - j;
                    Vector512<float> gate = Lanes<BFloat16, float>.Rounded(Biased(tile + j, Bias, column + j, left));
                    Vector512<float> up = Lanes<BFloat16, float>.Rounded(Biased(second + j, Bias, Inner + column + j, left));
                    Lanes<BFloat16, float>.Store(gated + j, Gating<TActivation>.Gated(gate, up), left);
                    Lanes<BFloat16, float>.Store(gates + j, gate, left);
                    Lanes<BFloat16, float>.Store(ups + j, up, left);
                }
            }
        }
    }

    /// <summary>
    /// From the gradient of act(gate) · up those of gate and up; and act(gate) · up recomputed, which the next layer needs for
    /// its weight gradient.
    /// </summary>
    public readonly struct GateBackward<TActivation> : IEpilogue
        where TActivation : struct, IActivation
    {
        public required BFloat16* GateUp { get; init; } // [rows, 2 Inner]
        public required BFloat16* Result { get; init; } // [rows, 2 Inner]
        public required BFloat16* Gated { get; init; } // [rows, Inner]
        public required int Inner { get; init; }

        public void Take(float* tile, float* second, int row, int rows, int column, int columns)
        {
            for (int i = 0; i < rows; i++, tile += PanelProduct.Panel)
            {
                long at = (long)(row + i) * 2 * Inner + column;
                long gatedAt = (long)(row + i) * Inner + column;
                Ask(GateUp + at + PanelProduct.Panel); // the next tile's row, needed much later
                Ask(GateUp + at + Inner + PanelProduct.Panel);
                int whole = columns / 32 * 32;
                for (int j = 0; j < whole; j += 32)
                {
                    Vector512<float> gate0 = Lanes<BFloat16, float>.Load(GateUp + at + j);
                    Vector512<float> gate1 = Lanes<BFloat16, float>.Load(GateUp + at + j + 16);
                    Vector512<float> up0 = Lanes<BFloat16, float>.Load(GateUp + at + Inner + j);
                    Vector512<float> up1 = Lanes<BFloat16, float>.Load(GateUp + at + Inner + j + 16);
                    (Vector512<float> dGate0, Vector512<float> dUp0, Vector512<float> gated0) =
                        Gating<TActivation>.GradientAndGated(Vector512.Load(tile + j), gate0, up0);
                    (Vector512<float> dGate1, Vector512<float> dUp1, Vector512<float> gated1) =
                        Gating<TActivation>.GradientAndGated(Vector512.Load(tile + j + 16), gate1, up1);
                    Lanes<BFloat16, float>.Store(Result + at + j, dGate0, dGate1);
                    Lanes<BFloat16, float>.Store(Result + at + Inner + j, dUp0, dUp1);
                    Lanes<BFloat16, float>.Store(Gated + gatedAt + j, gated0, gated1);
                }
                for (int j = whole; j < columns; j += 16)
                {
                    int left = columns - j;
                    Vector512<float> gate = Lanes<BFloat16, float>.Load(GateUp + at + j, left);
                    Vector512<float> up = Lanes<BFloat16, float>.Load(GateUp + at + Inner + j, left);
                    (Vector512<float> dGate, Vector512<float> dUp, Vector512<float> gated) = Gating<TActivation>.GradientAndGated(
                        Vector512.Load(tile + j),
                        gate,
                        up
                    );
                    Lanes<BFloat16, float>.Store(Result + at + j, dGate, left);
                    Lanes<BFloat16, float>.Store(Result + at + Inner + j, dUp, left);
                    Lanes<BFloat16, float>.Store(Gated + gatedAt + j, gated, left);
                }
            }
        }
    }

    // Prefetches a tile's row into the second-level cache; the first has no room for it beside a product. Prefetching invalid
    // addresses does nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(BFloat16* row)
    {
        Sse.Prefetch1(row);
        Sse.Prefetch1(row + PanelProduct.Panel / 2);
    }

    // 32 values that are already exact in bfloat16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRounded(BFloat16* to, Vector512<float> lower, Vector512<float> upper) =>
        Vector512.Store(Lanes<BFloat16, float>.Join(lower, upper), (ushort*)to);

    // Reading whole vectors of a tile is safe: its rows are 64 values long.
    private static Vector512<float> Biased(float* product, BFloat16* bias, int column, int left) =>
        bias is null ? Vector512.Load(product) : Vector512.Load(product) + Lanes<BFloat16, float>.Load(bias + column, left);
}
