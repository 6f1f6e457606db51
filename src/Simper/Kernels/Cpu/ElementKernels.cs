using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>Elementwise kernels.</summary>
internal static unsafe class ElementKernels<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Values per item: few enough to balance the load, enough to be worth an item.</summary>
    public const int BlockNumbers = 1 << 14;

    public static int Blocks(long numbers) => (int)((numbers + BlockNumbers - 1) / BlockNumbers);

    /// <summary>Result = A + B, A wide; Result may be A.</summary>
    public readonly struct Sum : IJob
    {
        public required TWide* A { get; init; }
        public required TCompute* B { get; init; }
        public required TWide* Result { get; init; }
        public required long Numbers { get; init; }

        public void Run(int item)
        {
            long end = Math.Min(Numbers, (item + 1L) * BlockNumbers);
            for (long i = (long)item * BlockNumbers; i < end; i += Vector512<TWide>.Count)
            {
                int left = (int)Math.Min(end - i, Vector512<TWide>.Count);
                Lanes<TWide, TWide>.Store(
                    Result + i,
                    Lanes<TWide, TWide>.Load(A + i, left) + Lanes<TCompute, TWide>.Load(B + i, left),
                    left
                );
            }
        }
    }

    /// <summary>Result = X in the other dtype.</summary>
    public readonly struct Round : IJob
    {
        public required TWide* X { get; init; }
        public required TCompute* Result { get; init; }
        public required long Numbers { get; init; }

        public void Run(int item)
        {
            long end = Math.Min(Numbers, (item + 1L) * BlockNumbers);
            for (long i = (long)item * BlockNumbers; i < end; i += Vector512<TWide>.Count)
            {
                int left = (int)Math.Min(end - i, Vector512<TWide>.Count);
                Lanes<TCompute, TWide>.Store(Result + i, Lanes<TWide, TWide>.Load(X + i, left), left);
            }
        }
    }

    /// <summary>Result = X in the wide dtype.</summary>
    public readonly struct Widen : IJob
    {
        public required TCompute* X { get; init; }
        public required TWide* Result { get; init; }
        public required long Numbers { get; init; }

        public void Run(int item)
        {
            long end = Math.Min(Numbers, (item + 1L) * BlockNumbers);
            for (long i = (long)item * BlockNumbers; i < end; i += Vector512<TWide>.Count)
            {
                int left = (int)Math.Min(end - i, Vector512<TWide>.Count);
                Lanes<TWide, TWide>.Store(Result + i, Lanes<TCompute, TWide>.Load(X + i, left), left);
            }
        }
    }

    /// <summary>Rotates the pairs (i, i + R/2) of the first heads of every row, in place. One row per item.</summary>
    public readonly struct Rotate : IJob
    {
        public required TCompute* Heads { get; init; } // [T, all heads, E]
        public required TWide* Cos { get; init; } // [T, R / 2]
        public required TWide* Sin { get; init; } // [T, R / 2]
        public required int RowNumbers { get; init; }
        public required int Turned { get; init; } // how many heads
        public required int HeadWidth { get; init; }
        public required int RotaryWidth { get; init; } // R, the first values of a head

        public void Run(int item)
        {
            int half = RotaryWidth / 2;
            for (int head = 0; head < Turned; head++)
            {
                TCompute* first = Heads + (long)item * RowNumbers + (long)head * HeadWidth;
                Turn(first, Cos + (long)item * half, Sin + (long)item * half, half, back: false);
            }
        }

        public static void Turn(TCompute* first, TWide* cos, TWide* sin, int half, bool back)
        {
            TCompute* second = first + half;
            for (int i = 0; i < half; i += Vector512<TWide>.Count)
            {
                Vector512<TWide> a = Lanes<TCompute, TWide>.Load(first + i, half - i);
                Vector512<TWide> b = Lanes<TCompute, TWide>.Load(second + i, half - i);
                Vector512<TWide> c = Lanes<TWide, TWide>.Load(cos + i, half - i);
                Vector512<TWide> s = Lanes<TWide, TWide>.Load(sin + i, half - i);
                if (back)
                    s = -s;
                Lanes<TCompute, TWide>.Store(first + i, a * c - b * s, half - i);
                Lanes<TCompute, TWide>.Store(second + i, b * c + a * s, half - i);
            }
        }
    }
}
