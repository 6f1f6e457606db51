using BenchmarkDotNet.Attributes;
using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Reference;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Micro;

/// <summary>Inputs of SmolLM2-135M's sizes: 1,000 tokens, width 576, 9 heads over 3, inner width 1,536, 49,152 words.</summary>
public abstract class KernelBenchmark
{
    protected const int Tokens = 1000;
    protected const int Width = 576;
    protected const int Inner = 1536;
    protected const int Words = 49152;
    protected const int Scored = 320;

    private protected static readonly KernelSet Kernels = KernelSet.For(Precision.BFloat16);

    protected static Tensor Wide(params long[] size) => randn(size);

    protected static Tensor Narrow(params long[] size) => randn(size).to(ScalarType.BFloat16);

    /// <summary>Runs without autograd, and frees what was made.</summary>
    protected static void Free(Action work)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        work();
    }
}

public class NormBenchmark : KernelBenchmark
{
    private readonly Tensor _x = Wide(Tokens, Width);
    private readonly Tensor _weight = Wide(Width);
    private readonly Tensor _dy = Narrow(Tokens, Width);
    private readonly Tensor _residual = Wide(Tokens, Width);
    private readonly Tensor _gradient = zeros(Width);
    private readonly Tensor _inverseRms = ones(Tokens);

    [Benchmark(Baseline = true, Description = "norm: composite")]
    public void Composite() =>
        Free(() =>
        {
            Tensor inverse = (_x * _x).mean([-1], keepdim: true).Plus(1e-5).rsqrt_();
            _ = _x.mul(inverse).mul_(_weight).to(ScalarType.BFloat16);
            Tensor normalised = _x.mul(inverse);
            Tensor dy = _dy.to(ScalarType.Float32);
            _gradient.PlusInPlace(dy.mul(normalised).sum([0L]));
            Tensor g = dy.mul(_weight);
            Tensor along = g.mul(normalised).mean([-1], keepdim: true);
            _ = _residual.Plus(g.sub_(normalised.mul_(along)).mul_(inverse));
        });

    [Benchmark(Description = "norm: kernel")]
    public void Kernel() =>
        Free(() =>
        {
            _ = Kernels.Norm(_x, _weight, 1e-5);
            _ = Kernels.NormBackward(_dy, _x, _inverseRms, _weight, _gradient, _residual);
        });
}

public class GateBenchmark : KernelBenchmark
{
    private readonly Tensor _gateUp = Narrow(Tokens, 2 * Inner);
    private readonly Tensor _flowing = Narrow(Tokens, Inner);

    [Benchmark(Baseline = true, Description = "gate: composite")]
    public void Composite() =>
        Free(() =>
        {
            Tensor gate = _gateUp.narrow(1, 0, Inner);
            Tensor up = _gateUp.narrow(1, Inner, Inner);
            _ = nn.functional.silu(gate).mul_(up);
            Tensor result = empty_like(_gateUp);
            Tensor sigmoid = gate.sigmoid();
            Tensor silu = gate.mul(sigmoid);
            result.narrow(1, 0, Inner).copy_(_flowing.mul(up).mul_(sigmoid.Plus(silu.mul(sigmoid.neg().Plus(1L)))));
            result.narrow(1, Inner, Inner).copy_(_flowing.mul(silu));
        });

    [Benchmark(Description = "gate: kernel")]
    public void Kernel() =>
        Free(() =>
        {
            _ = Kernels.Gate(_gateUp, Activation.Silu);
            _ = Kernels.GateBackward(_flowing, _gateUp, Activation.Silu);
        });
}

public class HeadBenchmark : KernelBenchmark
{
    private readonly Tensor _logits = Narrow(Scored, Words);
    private readonly Tensor _targets = randint(Words, [Scored], dtype: ScalarType.Int64);
    private readonly Tensor _flowing = Wide(Scored);

    [Benchmark(Baseline = true, Description = "log-probs: composite")]
    public void Composite() =>
        Free(() =>
        {
            Tensor wide = _logits.to(ScalarType.Float32);
            Tensor sum = wide.logsumexp(1);
            _ = wide.gather(1, _targets.unsqueeze(1)).squeeze(1).sub_(sum);
            Tensor gradient = wide.sub_(sum.unsqueeze(1)).exp_().mul_(_flowing.neg().unsqueeze(1));
            gradient.scatter_add_(1, _targets.unsqueeze(1), _flowing.unsqueeze(1));
            _ = gradient.to(ScalarType.BFloat16);
        });

    [Benchmark(Description = "log-probs: kernel")]
    public void Kernel() =>
        Free(() =>
        {
            (Tensor sums, _) = Kernels.LogProbs(_logits, _targets);
            // In place: the logits are spent after the first call, which costs the same.
            Kernels.LogProbsBackward(_logits, _targets, sums, _flowing);
        });
}

public class AttentionBenchmark : KernelBenchmark
{
    private static readonly HeadShape Shape = new(9, 3, 64, 0.125);

    private TokenLayout _layout = null!;
    private Tensor _rows = null!;
    private Tensor _flowing = null!;
    private Tensor _cos = null!;
    private Tensor _sin = null!;

    [Params("pairs", "one")]
    public string Layout { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _layout =
            Layout == "one"
                ? TokenLayout.Of((1000, -1))
                : TokenLayout.Of(
                    (170, -1),
                    (36, 0),
                    (44, 0),
                    (170, -1),
                    (36, 3),
                    (44, 3),
                    (170, -1),
                    (36, 6),
                    (44, 6),
                    (170, -1),
                    (36, 9),
                    (44, 9)
                );
        (_rows, _flowing, _cos, _sin) = (
            Narrow(_layout.Tokens, 15 * 64),
            Narrow(_layout.Tokens, Width),
            ones(_layout.Tokens, 32),
            zeros(_layout.Tokens, 32)
        );
    }

    /// <summary>
    /// libtorch's own kernel over whole sequences, prompts repeated for each answer: what a trainer without segments calls.
    /// </summary>
    [Benchmark(Baseline = true, Description = "attention: libtorch's flash kernel")]
    public void Flash() =>
        Free(() =>
        {
            foreach (TokenLayout.Segment segment in _layout.Segments.Where((s, i) => Layout == "one" || s.Parent >= 0))
            {
                int length = segment.FirstPosition + segment.Length;
                Tensor heads = _rows.narrow(0, 0, length).view(length, 15, 64);
                Tensor query = heads.narrow(1, 0, 9).permute(1, 0, 2).view(1, 9, length, 64);
                Tensor key = heads.narrow(1, 9, 3).repeat_interleave(3, 1).permute(1, 0, 2).view(1, 9, length, 64);
                Tensor value = heads.narrow(1, 12, 3).repeat_interleave(3, 1).permute(1, 0, 2).view(1, 9, length, 64);
                (Tensor output, Tensor sums) = Aten.FlashAttention(query, key, value, causal: true, 0.125);
                _ = Aten.FlashAttentionBackward(
                    _flowing.narrow(0, 0, length).view(1, length, 9, 64).permute(0, 2, 1, 3),
                    query,
                    key,
                    value,
                    output,
                    sums,
                    causal: true,
                    0.125
                );
            }
        });

    [Benchmark(Description = "attention: kernel")]
    public void Kernel() => Run(Shape);

    [Benchmark(Description = "attention: kernel, a window of 128")]
    public void Window() => Run(Shape with { Window = 128 });

    [Benchmark(Description = "attention: kernel, capped scores")]
    public void Capped() => Run(Shape with { SoftCap = 50 });

    private void Run(HeadShape shape) =>
        Free(() =>
        {
            (Tensor output, Tensor sums) = Kernels.Attend(_rows, _layout, shape);
            _ = Kernels.AttendBackward(_flowing, _rows, output, sums, new Positions(_layout, _cos, _sin), shape);
        });
}

public class OptimizerBenchmark : KernelBenchmark
{
    private const int Weights = 28_311_552; // the embedding

    private readonly SplitWeight _weight = new("w", randn(Words, Width), Kernels);
    private readonly Tensor _master = randn(Weights);
    private readonly Tensor _narrow = Narrow(Weights);
    private readonly Tensor _gradient = randn(Weights);
    private readonly Tensor _first = zeros(Weights);
    private readonly Tensor _second = zeros(Weights);
    private readonly Tensor _step = ones([]);

    [Benchmark(Baseline = true, Description = "AdamW with clipping: libtorch's fused operator and a copy")]
    public void Composite() =>
        Free(() =>
        {
            _ = _gradient.norm().item<float>();
            _gradient.TimesInPlace(0.99999);
            Aten.FusedAdamW([_master], [_gradient], [_first], [_second], [_step], 1e-6, 0.9, 0.999, 0, 1e-8);
            _narrow.copy_(_master);
        });

    [Benchmark(Description = "AdamW with clipping: kernel over split weights")]
    public void Kernel() =>
        Free(() =>
        {
            _ = OptimizerPass.SquareSum(_gradient);
            OptimizerPass.AdamW(
                _weight.Compute,
                _weight.LowBits,
                _weight.Parameter!.GradientBuffer(),
                _first,
                _second,
                new AdamWStep
                {
                    GradientScale = 0.99999,
                    LearningRate = 1e-6,
                    Beta1 = 0.9,
                    Beta2 = 0.999,
                    Decay = 0,
                    Epsilon = 1e-8,
                    Correction1 = 0.1,
                    RootOfCorrection2 = 0.03,
                }
            );
        });
}
