using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: C rows, V vocabulary.

/// <summary>The head's log-softmax at one target per row, and its gradient written over the logits. One row per item.</summary>
internal static unsafe class SoftmaxKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>log Σ e^logit, and log π(target) = logit(target) - that.</summary>
    public readonly struct LogProbs : IJob
    {
        public required TCompute* Logits { get; init; } // [C, V]
        public required long* Targets { get; init; } // [C]
        public required TWide* LogSumExps { get; init; } // [C]
        public required TWide* Result { get; init; } // [C]
        public required int Words { get; init; }

        public void Run(int row)
        {
            TCompute* logits = Logits + (long)row * Words;
            int lanes = Vector512<TWide>.Count;
            int whole = Words - Words % lanes;
            Vector512<TWide> highest = Lanes.Create<TWide>(double.NegativeInfinity);
            for (int i = 0; i < whole; i += lanes)
                highest = Vector512.Max(highest, Lanes<TCompute, TWide>.Load(logits + i));
            double max = double.NegativeInfinity;
            for (int lane = 0; lane < lanes; lane++)
                max = Math.Max(max, Lanes.Double(highest[lane]));
            for (int i = whole; i < Words; i++)
                max = Math.Max(max, Lanes.Double(Lanes<TCompute, TWide>.Load1(logits + i)));

            Vector512<TWide> shift = Lanes.Create<TWide>(max);
            Vector512<double> low = default;
            Vector512<double> high = default; // a float32 sum over a whole vocabulary would lose 1e-5 of a log-prob
            for (int i = 0; i < whole; i += lanes)
                Lanes.AddWidened(Lanes.Exp(Lanes<TCompute, TWide>.Load(logits + i) - shift), ref low, ref high);
            double sum = Vector512.Sum(low + high);
            for (int i = whole; i < Words; i++)
                sum += Math.Exp(Lanes.Double(Lanes<TCompute, TWide>.Load1(logits + i)) - max);
            double logSumExp = max + Math.Log(sum);
            LogSumExps[row] = Lanes.Number<TWide>(logSumExp);
            Result[row] = Lanes.Number<TWide>(Lanes.Double(Lanes<TCompute, TWide>.Load1(logits + Targets[row])) - logSumExp);
        }
    }

    /// <summary>
    /// dL / d logit = g (1[target] - softmax), written over the logits; where they were capped, the gradient before the cap.
    /// </summary>
    public readonly struct Gradient : IJob
    {
        public required TCompute* Logits { get; init; } // [C, V], overwritten
        public required long* Targets { get; init; } // [C]
        public required TWide* LogSumExps { get; init; } // [C]
        public required TWide* Flowing { get; init; } // g [C]
        public required int Words { get; init; }
        public required double Cap { get; init; } // 0 for none

        public void Run(int row)
        {
            if (Cap > 0)
                Run(row, new TanhCap<TWide>(Cap));
            else
                Run(row, default(NoCap<TWide>));
        }

        private void Run<TCap>(int row, TCap cap)
            where TCap : struct, ICap<TWide>
        {
            TCompute* logits = Logits + (long)row * Words;
            int target = (int)Targets[row];
            int lanes = Vector512<TWide>.Count;
            double g = Lanes.Double(Flowing[row]);
            double atTarget =
                g * (1 - Math.Exp(Lanes.Double(Lanes<TCompute, TWide>.Load1(logits + target)) - Lanes.Double(LogSumExps[row])));
            Vector512<TWide> first = cap.Through(Lanes<TCompute, TWide>.Load(logits + target, 1), Lanes.Create<TWide>(atTarget));
            Vector512<TWide> shift = Vector512.Create(LogSumExps[row]);
            Vector512<TWide> factor = Lanes.Create<TWide>(-g);
            for (int i = 0; i < Words; i += lanes)
            {
                int left = Words - i;
                Vector512<TWide> logit = Lanes<TCompute, TWide>.Load(logits + i, left);
                Lanes<TCompute, TWide>.Store(logits + i, cap.Through(logit, factor * Lanes.Exp(logit - shift)), left);
            }
            Lanes<TCompute, TWide>.Store(logits + target, first, 1);
        }
    }
}
