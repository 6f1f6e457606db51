using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>
/// Masters of bfloat16 weights: a step moves what products read by what the master's move rounds to, whatever the checkpoint
/// holds.
/// </summary>
public class MasterWeightsTests
{
    private const int Rows = 64;
    private const int Width = 256;

    public static TheoryData<string> Sources => ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_1", "Q4_K"];

    /// <summary>Numbers as a reader of such a file gives them.</summary>
    private static float[] Weights(string source)
    {
        var random = new Random(5);
        float[] numbers =
        [
            .. Enumerable.Range(0, Rows * Width).Select(_ => (float)(random.NextDouble() + random.NextDouble() - 1) * 0.1f),
        ];
        return source switch
        {
            "F32" => numbers,
            "F16" => [.. numbers.Select(x => (float)(Half)x)],
            "BF16" => [.. numbers.Select(x => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & 0xffff0000))],
            "Q8_0" => Blocks(numbers, levels: 255, signed: true),
            "Q4_0" => Blocks(numbers, levels: 15, signed: true),
            "Q4_1" => Blocks(numbers, levels: 15, signed: false),
            "Q5_1" => Blocks(numbers, levels: 31, signed: false),
            _ => SuperBlocks(numbers),
        };
    }

    // d q, or d q + m, with float16 d and m for 32 weights.
    private static float[] Blocks(float[] numbers, int levels, bool signed) =>
        [
            .. numbers
                .Chunk(32)
                .SelectMany(block =>
                {
                    float low = block.Min();
                    float high = block.Max();
                    float scale = (float)(Half)(signed ? block.Max(MathF.Abs) / (levels / 2) : (high - low) / levels);
                    float least = signed ? 0 : (float)(Half)low;
                    return block.Select(x => scale * MathF.Round((x - least) / scale) + least);
                }),
        ];

    // d s q - e m, with float16 d and e for 256 weights and six bits s and m for 32.
    private static float[] SuperBlocks(float[] numbers) =>
        [
            .. numbers
                .Chunk(256)
                .SelectMany(super =>
                {
                    (float Low, float High)[] ranges = [.. super.Chunk(32).Select(b => (MathF.Max(0, -b.Min()), b.Max()))];
                    float d = (float)(Half)(ranges.Max(r => r.High + r.Low) / 15 / 63);
                    float e = (float)(Half)(ranges.Max(r => r.Low) / 63);
                    return super.Select(
                        (x, i) =>
                        {
                            (float low, float high) = ranges[i / 32];
                            float scale = d * MathF.Round((high + low) / 15 / d);
                            float least = e * MathF.Round(low / e);
                            return scale * MathF.Round((x + least) / scale) - least;
                        }
                    );
                }),
        ];

    private static TensorWeight Matrix(string source) =>
        Weight.Of(
            "w",
            tensor(Weights(source)).reshape(Rows, Width),
            KernelSet.For(Precision.BFloat16),
            isMatrix: true,
            trains: true
        );

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_step_moves_compute_weights_by_what_the_master_s_move_rounds_to(string source)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using TensorWeight weight = Matrix(source);
        Parameter parameter = weight.Parameter!;
        double[] compute = Numbers.Of(parameter.Compute);
        double[] master = Numbers.Of(parameter.Values());
        Assert.Equal(compute, master);

        using var generator = new Generator(1, CPU);
        parameter.AddToGradient(randn([Rows, Width], generator: generator));
        using var optimizer = new AdamW([parameter]);
        optimizer.Step(1e-6); // Adam's first step moves every weight by about this much
        double[] movedMaster = Numbers.Of(parameter.Values());
        double[] movedCompute = Numbers.Of(parameter.Compute);
        int changed = 0;
        for (int i = 0; i < compute.Length; i++)
        {
            double step = movedMaster[i] - master[i];
            Assert.InRange(Math.Abs(step), 0, 1.1e-6);
            // Half of bfloat16's spacing at a weight is the least move that shows, and at most twice the move is shown.
            Assert.True(
                Math.Abs(movedCompute[i] - compute[i]) <= 2.01 * Math.Abs(step),
                $"{source}: {compute[i]} moved to {movedCompute[i]}, its master by {step}"
            );
            changed += movedCompute[i] == compute[i] || compute[i] == 0 ? 0 : 1; // from 0 every step shows
        }
        Assert.True(changed < 0.02 * compute.Length, $"{source}: {changed} of {compute.Length} weights show a step of 1e-6");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Norms_and_biases_start_at_the_compute_type_s_values_as_well_trainable_or_not(bool trains)
    {
        using var scope = NewDisposeScope();
        using TensorWeight vector = Weight.Of(
            "n",
            tensor(Weights("F16")),
            KernelSet.For(Precision.BFloat16),
            isMatrix: false,
            trains
        );
        Assert.Equal(Numbers.Of(vector.Compute), Numbers.Of(((FloatWeight)vector).Wide));
    }

    [Fact]
    public void Float32_weights_are_kept_as_they_are()
    {
        using var scope = NewDisposeScope();
        float[] weights = Weights("Q4_1");
        using TensorWeight weight = Weight.Of(
            "w",
            tensor(weights).reshape(Rows, Width),
            KernelSet.For(Precision.Float32),
            isMatrix: true,
            trains: true
        );
        Assert.Equal(weights.Select(w => (double)w), Numbers.Of(weight.Values()));
    }
}
