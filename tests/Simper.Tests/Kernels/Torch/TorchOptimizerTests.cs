using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using TorchSharp;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>
/// The optimizer's passes in libtorch's operators against the CPU's own, and the halves of split weights bit for bit.
/// </summary>
public class TorchOptimizerTests
{
    [Theory]
    [InlineData("float64", false)]
    [InlineData("float32", false)]
    [InlineData("bfloat16", false)]
    [InlineData("bfloat16", true)]
    public void Weights_and_moments_move_alike(string type, bool isSplit)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor start = Random(precision.Wide, 1, 300, 37);
        Weights ours = new(cpu, start, isSplit);
        Weights theirs = new(torch, start, isSplit);
        for (int step = 1; step <= 5; step++)
        {
            Tensor gradient = Random(precision.Wide, 1 + step, 300, 37);
            ours.Move(gradient, step);
            theirs.Move(gradient, step);
        }
        double unit = type == "float64" ? 1.2e-16 : 6e-8;
        Close(ours.First, theirs.First, 2 * unit);
        Close(ours.Second, theirs.Second, 2 * unit);
        Close(ours.Values, theirs.Values, 2 * unit);
        double[] apart = Numbers.Of((ours.Values - theirs.Values) / ours.Values.abs().AtLeast(0.01));
        Assert.True(apart.Max(Math.Abs) < 8 * unit, $"{apart.Max(Math.Abs):E1}");
    }

    [Fact]
    public void Halves_of_floats_have_the_same_bits_whatever_they_are()
    {
        using var scope = NewDisposeScope();
        (_, TorchKernels torch, KernelSet cpu) = Sets("bfloat16");
        var random = new Random(3);
        float[] values =
        [
            0,
            -0f,
            float.Epsilon,
            -float.Epsilon,
            float.MaxValue,
            float.MinValue,
            float.PositiveInfinity,
            float.NegativeInfinity,
            float.NaN,
            BitConverter.UInt32BitsToSingle(0x3f808000), // ties
            BitConverter.UInt32BitsToSingle(0x3f818000),
            BitConverter.UInt32BitsToSingle(0xbf808000),
            BitConverter.UInt32BitsToSingle(0x3f807fff),
            BitConverter.UInt32BitsToSingle(0x3fffffff), // up to the next power of two
            .. Enumerable.Range(0, 10_001).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))),
        ];
        Tensor floats = tensor(values).reshape(5, -1);
        (Tensor ourHigh, Tensor ourMissing) = Halves(cpu, floats);
        (Tensor high, Tensor missing) = Halves(torch, floats);
        Assert.Equal(TensorBits.Of(ourHigh), TensorBits.Of(high));
        Assert.Equal(TensorBits.Of(ourMissing), TensorBits.Of(missing));
        Assert.Equal(TensorBits.Of(floats), TensorBits.Of(torch.Join(high, missing)));
        Assert.Equal(floats.shape, torch.Join(high, missing).shape);
    }

    [Fact]
    public void Values_of_other_types_and_strides_are_split()
    {
        using var scope = NewDisposeScope();
        (_, TorchKernels torch, _) = Sets("bfloat16");
        Tensor values = Random(ScalarType.Float64, 1, 7, 13).t();
        (Tensor high, Tensor missing) = Halves(torch, values);
        Assert.Equal(Numbers.Of(values.to(ScalarType.Float32)), Numbers.Of(torch.Join(high, missing)));
        Assert.Equal(Numbers.Of(values.to(ScalarType.Float32).to(ScalarType.BFloat16)), Numbers.Of(high));
    }

    [Theory]
    [InlineData("float32", 3_000_001)]
    [InlineData("float32", 5)]
    [InlineData("float64", 2048)]
    [InlineData("float32", 40_000_000)] // more than a slice
    public void The_norm_of_many_small_gradients_keeps_them_all(string type, int count)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, _) = Sets(type);
        double number = type == "float32" ? 1e-4f : 1e-4;
        double sum = torch.SquareSum(HeldNumbers.Filled(1e-4, precision.Wide, count));
        Assert.Equal(1, sum / (count * number * number), 1e-9);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit_of_a_norm()
    {
        using var scope = NewDisposeScope();
        (_, TorchKernels torch, _) = Sets("float32");
        Tensor gradient = Random(ScalarType.Float32, 1, 1_000_003);
        int threads = get_num_threads();
        double before = torch.SquareSum(gradient);
        set_num_threads(1);
        double alone = torch.SquareSum(gradient);
        set_num_threads(threads);
        Assert.Equal(before, alone);
    }

    private static (Tensor High, Tensor Missing) Halves(KernelSet kernels, Tensor values)
    {
        Tensor high = kernels.Zeros(ScalarType.BFloat16, values.shape);
        Tensor missing = kernels.Zeros(ScalarType.Int16, values.shape);
        kernels.Split(values, high, missing);
        return (high, missing);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var scope = NewDisposeScope();
        (_, TorchKernels torch, _) = Sets("bfloat16");
        Tensor values = Random(ScalarType.Float32, 1, 30, 7);
        Weights whole = new(torch, values, isSplit: false);
        Weights split = new(torch, values, isSplit: true);
        Live.ExpectNoneLeft(() =>
        {
            whole.Move(values, step: 1);
            split.Move(values, step: 1);
            torch.SquareSum(values);
        });
    }

    private sealed class Weights
    {
        private readonly KernelSet _kernels;
        private readonly Tensor _weights;
        private readonly Tensor? _missing;

        public Weights(KernelSet kernels, Tensor start, bool isSplit)
        {
            _kernels = kernels;
            (First, Second) = (zeros_like(start), zeros_like(start));
            if (isSplit)
                (_weights, _missing) = Halves(kernels, start);
            else
                _weights = start.clone();
        }

        public Tensor First { get; }

        public Tensor Second { get; }

        public Tensor Values => _missing is null ? _weights : _kernels.Join(_weights, _missing);

        public void Move(Tensor gradient, int step) =>
            _kernels.AdamW(
                _weights,
                _missing,
                gradient,
                First,
                Second,
                new AdamWStep
                {
                    GradientScale = 0.5,
                    LearningRate = 0.01,
                    Beta1 = 0.9,
                    Beta2 = 0.999,
                    Decay = 0.1,
                    Epsilon = 1e-8,
                    Correction1 = 1 - Math.Pow(0.9, step),
                    RootOfCorrection2 = Math.Sqrt(1 - Math.Pow(0.999, step)),
                }
            );
    }
}
