using System.Globalization;
using System.Text.RegularExpressions;
using Simper.Models;
using Simper.Objectives;
using Simper.Testing;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>The arithmetic of a plan: what is left after what is fixed goes to passes.</summary>
public sealed class MemoryPlanTests : IDisposable
{
    private const long Baseline = 100_000_000;
    private const double Fragmentation = 1.05;

    private readonly LanguageModel _model = LanguageModel.Load(Path.Combine(SharedFiles.Repository, "assets", "demo", "model"));

    private readonly TokenizedGroup[] _groups = [ToyDecoder.Group(1, 10, 21, 41), ToyDecoder.Group(2, 30, 11, 6)];

    public void Dispose() => _model.Dispose();

    private MemoryPlan For(long memory, Objective? objective = null) =>
        MemoryPlan.For(_model, _groups, objective ?? new Dpo(), memory, Baseline);

    [Fact]
    public void Sizes_are_those_of_the_longest_group_and_its_answers()
    {
        MemoryPlan plan = For(8L << 30);
        Assert.Equal((10 + 21 + 41, 10 + 41), (plan.LongestGroup, plan.LongestAnswer));
        MemoryPlan first = For(8L << 30, new Sft());
        Assert.Equal((30 + 11, 30 + 11), (first.LongestGroup, first.LongestAnswer));
        Assert.Equal(3 * 4 * _model.ParameterCount, plan.StateBytes);
        Assert.Equal(_model.WeightBytes, plan.WeightBytes);
        Assert.Equal(Baseline, plan.BaselineBytes);
        Assert.Equal(_model.Decoder.Bytes.Kept, plan.BytesPerKeptToken);
        Assert.Equal(_model.Decoder.InputBytes, plan.BytesPerRecomputedToken);
        Assert.Equal(plan.HeadRows * plan.BytesPerHeadRow, plan.HeadBytes);
    }

    [Fact]
    public void With_plenty_of_memory_passes_are_as_large_as_is_worthwhile_and_all_is_kept()
    {
        MemoryPlan plan = For(8L << 30);
        Assert.Equal(MemoryPlan.EnoughTokens, plan.TokensPerMicroBatch);
        Assert.True(plan.KeptTokens > plan.LongestGroup);
        Assert.Equal(MemoryPlan.EnoughTokens, plan.HeadRows);
        double passes = Fragmentation * MemoryPlan.EnoughTokens * (plan.BytesPerKeptToken + plan.PassingBytesPerToken);
        Assert.Equal(Fixed(plan) + (long)passes, plan.PeakBytes);
        MemoryPlan small = plan with { LargestPass = 100 };
        passes = Fragmentation * 100 * (plan.BytesPerKeptToken + plan.PassingBytesPerToken);
        Assert.Equal(Fixed(plan) + (long)passes, small.PeakBytes);
        Assert.EndsWith("passes of up to 2,048 tokens", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_decides_how_many_tokens_are_kept()
    {
        MemoryPlan plenty = For(8L << 30);
        long perToken = plenty.BytesPerKeptToken + plenty.PassingBytesPerToken;
        long head = Math.Min(_model.Decoder.Head.ChunkRows, MemoryPlan.EnoughTokens) * plenty.BytesPerHeadRow;
        long without = Baseline + plenty.StateBytes + head + plenty.WorkBytes;
        foreach (int tokens in (int[])[50, 100, 500])
        {
            MemoryPlan plan = For(without + (long)Math.Ceiling(Fragmentation * tokens * perToken) + 1);
            Assert.Equal((tokens, tokens), (plan.KeptTokens, plan.TokensPerMicroBatch));
        }
        // The least: the longest pair's blocks are computed again, one at a time.
        long recomputed = 72 * (plenty.BytesPerRecomputedToken + plenty.PassingBytesPerToken);
        recomputed += plenty.BytesPerKeptToken / _model.Shape.Layers * 72;
        long least = without + (long)(Fragmentation * recomputed);
        MemoryPlan tight = For(least);
        Assert.True(tight.KeptTokens * perToken <= recomputed);
        Assert.Equal(least, tight.PeakBytes);
        Assert.Contains("; longer pairs (up to 72) answer by answer", tight.ToString(), StringComparison.Ordinal);
        Assert.Contains($"memory: {least / 1e9:F2} GB expected", tight.ToString(), StringComparison.Ordinal);
        long fixedBytes = head + plenty.WorkBytes;
        Assert.Equal(
            $"max_memory is {(least - 1) / 1e9:F2} GB; weights and program take 0.10 GB, gradients and optimizer "
                + $"{plenty.StateBytes / 1e9:F2} GB, and the longest pair (72 tokens) at least "
                + $"{(fixedBytes + (long)(Fragmentation * recomputed)) / 1e9:F2} GB. Give at least {least / 1e9:F2} GB, or lower "
                + "max_length.",
            Assert.Throws<SimperException>(() => For(least - 1)).Message
        );
    }

    [Fact]
    public void The_least_memory_that_a_refusal_names_is_enough()
    {
        string message = Assert.Throws<SimperException>(() => For(Baseline)).Message;
        Assert.Contains("the longest pair (72 tokens)", message, StringComparison.Ordinal);
        string least = Regex.Match(message, @"Give at least ([\d.]+) GB").Groups[1].Value;
        long bytes = (long)((double.Parse(least, CultureInfo.InvariantCulture) + 0.005) * 1e9); // rounded to hundredths
        MemoryPlan plan = For(bytes);
        Assert.True(plan.PeakBytes <= bytes);
        Assert.Throws<SimperException>(() => For(bytes - 20_000_000));
    }

    private static long Fixed(MemoryPlan plan) => plan.BaselineBytes + plan.StateBytes + plan.HeadBytes + plan.WorkBytes;
}
