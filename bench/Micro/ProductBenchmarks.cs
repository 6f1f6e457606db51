using BenchmarkDotNet.Attributes;
using Simper.Kernels;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Micro;

/// <summary>
/// The MLP's linear layers and what follows them: libtorch's products and own kernels between them, against blocks.
/// </summary>
public class GatedLayerBenchmark : KernelBenchmark
{
    private readonly Tensor _x = Narrow(Tokens, Width);
    private readonly Tensor _gateUp = Narrow(2 * Inner, Width);
    private readonly Tensor _down = Narrow(Width, Inner);
    private readonly Tensor _residual = Wide(Tokens, Width);
    private readonly Tensor _dy = Narrow(Tokens, Width);

    [Params(Activation.Silu, Activation.GeluTanh)]
    public Activation Activation { get; set; }

    [Benchmark(Baseline = true, Description = "gated layers: libtorch's products")]
    public void Plain() => Run(KernelSet.Plain(Precision.BFloat16));

    [Benchmark(Description = "gated layers: blocks")]
    public void Blocks() => Run(Kernels);

    private void Run(KernelSet kernels) =>
        Free(() =>
        {
            (Tensor gateUp, Tensor gated) = kernels.GatedLinear(_x, _gateUp, bias: null, Activation);
            _ = kernels.AddLinear(_residual, gated, _down, bias: null);
            (Tensor gradient, _) = kernels.GatedLinearBackward(_dy, _down, gateUp, Activation);
            _ = kernels.LinearBackward(gradient, _gateUp);
        });
}

/// <summary>A weight's gradient, added to its float32 sum.</summary>
public class WeightGradientBenchmark : KernelBenchmark
{
    private readonly Tensor _x = Narrow(Tokens, Width);
    private readonly Tensor _dy = Narrow(Tokens, 2 * Inner);
    private readonly Tensor _sum = zeros(2 * Inner, Width);

    [Benchmark(Baseline = true, Description = "weight's gradient: libtorch's product and a sum")]
    public void Plain() => Free(() => KernelSet.Plain(Precision.BFloat16).AddWeightGradient(_sum, _dy, _x, adds: true));

    [Benchmark(Description = "weight's gradient: blocks")]
    public void Blocks() => Free(() => Kernels.AddWeightGradient(_sum, _dy, _x, adds: true));
}
