using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// The end of attention's backward pass: sums the contributions of the query heads that share a key-value head, rotates queries
/// and keys back, and writes all side by side as the projection needs them. One token per item.
/// </summary>
internal readonly unsafe struct HeadGradients<TCompute, TWide> : IJob
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public required TWide* Query { get; init; } // [T, H, E], overwritten
    public required TWide* Key { get; init; } // [H, T, E], overwritten
    public required TWide* Value { get; init; } // [H, T, E], overwritten
    public required TWide* Cos { get; init; } // [T, R / 2]
    public required TWide* Sin { get; init; } // [T, R / 2]
    public required TCompute* Result { get; init; } // [T, (H + 2 K) E]
    public required long Tokens { get; init; }
    public required int Heads { get; init; }
    public required int KeyValueHeads { get; init; }
    public required int HeadWidth { get; init; }
    public required int RotaryWidth { get; init; } // R, the first values of a head

    public void Run(int item)
    {
        int half = RotaryWidth / 2;
        TWide* cos = Cos + (long)item * half;
        TWide* sin = Sin + (long)item * half;
        TCompute* result = Result + (long)item * (Heads + 2 * KeyValueHeads) * HeadWidth;
        TWide* query = Query + (long)item * Heads * HeadWidth;
        for (int head = 0; head < Heads; head++, query += HeadWidth, result += HeadWidth)
        {
            ElementKernels<TWide, TWide>.Rotate.Turn(query, cos, sin, half, back: true);
            Write(query, result);
        }
        for (int head = 0; head < KeyValueHeads; head++, result += HeadWidth)
        {
            TWide* sum = AddUp(Key, item, head);
            ElementKernels<TWide, TWide>.Rotate.Turn(sum, cos, sin, half, back: true);
            Write(sum, result);
        }
        for (int head = 0; head < KeyValueHeads; head++, result += HeadWidth)
            Write(AddUp(Value, item, head), result);
    }

    private TWide* AddUp(TWide* shares, int token, int keyValueHead)
    {
        int groups = Heads / KeyValueHeads;
        TWide* sum = shares + ((long)keyValueHead * groups * Tokens + token) * HeadWidth;
        for (int g = 1; g < groups; g++)
        {
            TWide* share = sum + g * Tokens * HeadWidth;
            for (int i = 0; i < HeadWidth; i += Vector512<TWide>.Count)
                Lanes<TWide, TWide>.Store(
                    sum + i,
                    Lanes<TWide, TWide>.Load(sum + i, HeadWidth - i) + Lanes<TWide, TWide>.Load(share + i, HeadWidth - i),
                    HeadWidth - i
                );
        }
        return sum;
    }

    private void Write(TWide* from, TCompute* to)
    {
        for (int i = 0; i < HeadWidth; i += Vector512<TWide>.Count)
            Lanes<TCompute, TWide>.Store(to + i, Lanes<TWide, TWide>.Load(from + i, HeadWidth - i), HeadWidth - i);
    }
}
