using System.Runtime.Intrinsics;
using Simper.Kernels;
using Simper.Kernels.Cpu;
using TorchSharp;

namespace Simper.Tests.Kernels;

public unsafe class LanesTests
{
    [Fact]
    public void The_exponential_is_within_1_1_units_in_the_last_place_over_its_range()
    {
        double worst = 0;
        double where = 0;
        for (float x = -87.2f; x < 88.7f; x += 0.00037f)
        {
            double truth = Math.Exp(x);
            double unit = MathF.BitIncrement((float)truth) - (float)truth;
            double distance = Math.Abs(Lanes.Exp(Vector512.Create(x))[0] - truth) / unit;

            if (distance > worst)
                (worst, where) = (distance, x);
        }
        Assert.True(worst < 1.1, $"{worst} units at {where}");
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-200, 0)]
    [InlineData(-0f, 1)]
    [InlineData(89, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void The_exponential_is_right_at_its_ends(float x, float expected) =>
        Assert.Equal(expected, Lanes.Exp(Vector512.Create(x))[3]);

    [Fact]
    public void Bfloat16_is_read_exactly_and_written_to_the_nearest()
    {
        ushort* bits = stackalloc ushort[16];
        for (int i = 0; i <= ushort.MaxValue; i++)
        {
            float value = BitConverter.UInt32BitsToSingle((uint)i << 16);
            Lanes<BFloat16, float>.Store((BFloat16*)bits, Vector512.Create(value));
            if (float.IsNaN(value))
            {
                Assert.True(float.IsNaN(Lanes<BFloat16, float>.Load1((BFloat16*)bits)));
                continue;
            }
            Assert.Equal(i, bits[5]);
            Assert.Equal(value, Lanes<BFloat16, float>.Load((BFloat16*)bits)[5]);
        }
        foreach (
            (float number, ushort nearest) in ((float, ushort)[])
                [(1.00390625f, 0x3f80), (1.01171875f, 0x3f82), (1.0039064f, 0x3f81), (float.MaxValue, 0x7f80)]
        )
        {
            Lanes<BFloat16, float>.Store((BFloat16*)bits, Vector512.Create(number));
            Assert.Equal(nearest, bits[0]); // ties go to the even one
        }
    }

    [Fact]
    public void A_float_survives_its_two_halves_bit_for_bit_and_its_upper_half_is_the_nearest()
    {
        var high = stackalloc BFloat16[16];
        short* low = stackalloc short[16];
        var random = new Random(5);
        for (int i = 0; i < 200_000; i++)
        {
            uint bits = i < 70_000 ? 0x3f800000u + (uint)i : (uint)random.NextInt64(1L << 32);
            float value = BitConverter.UInt32BitsToSingle(bits);
            if (!float.IsFinite(value) || Math.Abs(value) > 3e38f)
                continue;
            SplitFloat.Store(high, low, Vector512.Create(value), 16);
            Assert.Equal(bits, BitConverter.SingleToUInt32Bits(SplitFloat.Load(high, low, 16)[7]));
            float upper = Lanes<BFloat16, float>.Load1(high);
            float half =
                Math.Abs(
                    BitConverter.UInt32BitsToSingle((bits & 0xffff0000u) + 0x10000u)
                        - BitConverter.UInt32BitsToSingle(bits & 0xffff0000u)
                ) / 2;
            Assert.True(Math.Abs(upper - value) <= half);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(1000)]
    public void Every_item_is_run_once(int items)
    {
        int* counts = stackalloc int[items];
        new Span<int>(counts, items).Clear();
        Workers.Run(new Counting { Counts = counts }, items);
        Assert.All(new Span<int>(counts, items).ToArray(), c => Assert.Equal(1, c));
    }

    [Fact]
    public void A_failing_item_ends_in_an_exception_not_in_the_end_of_the_process() =>
        Assert.Throws<InvalidOperationException>(() => Workers.Run(new Failing(), 8));

    private readonly struct Counting : IJob
    {
        public required int* Counts { get; init; }

        public void Run(int item) => Interlocked.Increment(ref Counts[item]);
    }

    private readonly struct Failing : IJob
    {
        public void Run(int item) => throw new InvalidOperationException("on purpose");
    }
}
