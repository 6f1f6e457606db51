using System.Runtime.Intrinsics;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>Passes over weights and gradients, which are memory bound: each reads and writes everything exactly once.</summary>
internal static unsafe class OptimizerKernel<TWide>
    where TWide : unmanaged
{
    /// <summary>Values per item. Fixed, so that sums do not depend on the number of threads.</summary>
    public const int BlockNumbers = 1 << 15;

    public static int Blocks(long numbers) => (int)((numbers + BlockNumbers - 1) / BlockNumbers);

    /// <summary>Σ g² of each block.</summary>
    public readonly struct SquareSums : IJob
    {
        public required TWide* Gradient { get; init; }
        public required double* Result { get; init; }
        public required long Numbers { get; init; }

        public void Run(int item)
        {
            // Partial sums of 1024 values are combined in double: over 10^8 squares a float would lose the small ones.
            long end = Math.Min(Numbers, (item + 1L) * BlockNumbers);
            double total = 0;
            for (long i = (long)item * BlockNumbers; i < end; )
            {
                long stop = Math.Min(end, i + 1024);
                Vector512<TWide> squares = default;
                for (; i < stop; i += Vector512<TWide>.Count)
                {
                    Vector512<TWide> g = Lanes<TWide, TWide>.Load(Gradient + i, (int)(stop - i));
                    squares = Lanes.MultiplyAdd(g, g, squares);
                }
                i = stop;
                total += Lanes.Double(Vector512.Sum(squares));
            }
            Result[item] = total;
        }
    }

    /// <summary>
    /// One AdamW update (Loshchilov and Hutter; the rule of torch.optim.AdamW), with the gradient scaled first. The weight is
    /// either a wide value, or split: the nearest bfloat16, and the low bits that complete the float.
    /// </summary>
    public readonly struct AdamW : IJob
    {
        public required TWide* Weight { get; init; } // null where it is split
        public required BFloat16* High { get; init; }
        public required short* Low { get; init; }
        public required TWide* Gradient { get; init; }
        public required TWide* First { get; init; }
        public required TWide* Second { get; init; }
        public required long Numbers { get; init; }
        public required AdamWStep Step { get; init; }

        public void Run(int item)
        {
            Vector512<TWide> scale = Lanes.Create<TWide>(Step.GradientScale);
            Vector512<TWide> rest1 = Lanes.Create<TWide>(1 - Step.Beta1);
            Vector512<TWide> beta2 = Lanes.Create<TWide>(Step.Beta2);
            Vector512<TWide> rest2 = Lanes.Create<TWide>(1 - Step.Beta2);
            Vector512<TWide> kept = Lanes.Create<TWide>(1 - Step.LearningRate * Step.Decay);
            Vector512<TWide> size = Lanes.Create<TWide>(-Step.LearningRate / Step.Correction1);
            Vector512<TWide> root = Lanes.Create<TWide>(Step.RootOfCorrection2);
            Vector512<TWide> epsilon = Lanes.Create<TWide>(Step.Epsilon);
            long end = Math.Min(Numbers, (item + 1L) * BlockNumbers);
            for (long i = (long)item * BlockNumbers; i < end; i += Vector512<TWide>.Count)
            {
                int left = (int)Math.Min(end - i, Vector512<TWide>.Count);
                Vector512<TWide> g = Lanes<TWide, TWide>.Load(Gradient + i, left) * scale;
                Vector512<TWide> m = Lanes<TWide, TWide>.Load(First + i, left);
                Vector512<TWide> v = Lanes<TWide, TWide>.Load(Second + i, left);
                m = Lanes.MultiplyAdd(rest1, g - m, m);
                v = Lanes.MultiplyAdd(rest2 * g, g, v * beta2);
                Lanes<TWide, TWide>.Store(First + i, m, left);
                Lanes<TWide, TWide>.Store(Second + i, v, left);
                Vector512<TWide> step = size * m / (Vector512.Sqrt(v) / root + epsilon);
                if (Weight is not null)
                    Lanes<TWide, TWide>.Store(
                        Weight + i,
                        Lanes.MultiplyAdd(kept, Lanes<TWide, TWide>.Load(Weight + i, left), step),
                        left
                    );
                else
                    SplitFloat.Store(
                        High + i,
                        Low + i,
                        Lanes
                            .MultiplyAdd(kept, SplitFloat.Load(High + i, Low + i, left).As<float, TWide>(), step)
                            .As<TWide, float>(),
                        left
                    );
            }
        }
    }
}
