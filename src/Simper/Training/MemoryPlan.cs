using System.Globalization;
using Simper.Batching;
using Simper.Models;
using Simper.Models.Layers;
using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Training;

/// <summary>
/// A run's memory, from the model's shape and the lengths of the data, and the pass size that fits. All in bytes. The choices
/// affect memory and speed, never a result beyond rounding.
/// </summary>
public sealed record MemoryPlan
{
    /// <summary>
    /// Tokens per pass above which larger passes gain almost nothing: products reach their peak at 1,000 rows, and the pass over
    /// the weight gradients is a few per cent.
    /// </summary>
    public const int EnoughTokens = 2048;

    /// <summary>What the process holds before training: program, libtorch, weights.</summary>
    public required long BaselineBytes { get; init; }

    /// <summary>What the weights take of it; packed ones as many bytes as in their file.</summary>
    public long WeightBytes { get; init; }

    /// <summary>Gradients and AdamW's two moments, wide.</summary>
    public required long StateBytes { get; init; }

    /// <summary>Activations per token that are kept for the backward pass.</summary>
    public required long BytesPerKeptToken { get; init; }

    /// <summary>The same if only the blocks' inputs are kept and the rest is recomputed.</summary>
    public required long BytesPerRecomputedToken { get; init; }

    /// <summary>Temporary memory per token: within one block's backward pass.</summary>
    public required long PassingBytesPerToken { get; init; }

    /// <summary>
    /// Rows of logits in memory at a time (<see cref="Trainer.HeadRows"/>): those of a whole pass if they fit, since they need
    /// not be recomputed then.
    /// </summary>
    public required long HeadRows { get; init; }

    /// <summary>A row of logits.</summary>
    public required long BytesPerHeadRow { get; init; }

    /// <summary>Logits in memory at a time.</summary>
    public long HeadBytes => HeadRows * BytesPerHeadRow;

    /// <summary>Scratch memory of the kernels and of libtorch; measured.</summary>
    public long WorkBytes => Work;

    internal const long Work = 50_000_000;

    /// <summary>Memory lost to fragmentation, as a factor; measured.</summary>
    private const double Fragmentation = 1.05;

    /// <summary>Tokens of the longest group, alone.</summary>
    public required int LongestGroup { get; init; }

    /// <summary>Tokens of the longest prompt with one answer.</summary>
    public required int LongestAnswer { get; init; }

    /// <summary>Groups are combined up to this many tokens (<see cref="Trainer.TokensPerMicroBatch"/>).</summary>
    public required int TokensPerMicroBatch { get; init; }

    /// <summary>Larger passes are recomputed, or run answer by answer (<see cref="Trainer.KeptTokens"/>).</summary>
    public required int KeptTokens { get; init; }

    /// <summary>Tokens of the largest pass, if known; else the maximum.</summary>
    public int? LargestPass { get; init; }

    /// <summary>The expected peak of the process.</summary>
    public long PeakBytes =>
        BaselineBytes
        + StateBytes
        + HeadBytes
        + WorkBytes
        + (long)(
            Fragmentation
            * Math.Max(
                Math.Min(KeptTokens, LargestPass ?? Math.Max(TokensPerMicroBatch, LongestGroup))
                    * (BytesPerKeptToken + PassingBytesPerToken),
                LongestGroup > KeptTokens
                    ? LongestGroup * (BytesPerRecomputedToken + PassingBytesPerToken) + BytesPerKeptToken / Layers * LongestGroup
                    : 0
            )
        );

    private long Layers { get; init; } = 1;

    /// <summary>Plans for a model and data.</summary>
    /// <param name="model">Already loaded, so that the process's memory is that before training.</param>
    /// <param name="data">At least one group.</param>
    /// <param name="objective">Determines which answers take part.</param>
    /// <param name="memoryBytes">The memory limit of the process.</param>
    /// <param name="baselineBytes">What it holds now.</param>
    /// <exception cref="SimperException">Even the smallest passes do not fit; the message says how much would.</exception>
    public static MemoryPlan For(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> data,
        Objective objective,
        long memoryBytes,
        long baselineBytes
    )
    {
        Decoder decoder = model.Decoder;
        // Without a shared prompt a group takes at most as many times its tokens as it has answers.
        long copies =
            !model.Shape.NeedsOwnPrompts ? 1
            : objective.UsesRejected ? data.Max(g => g.Answers.Length)
            : 1;
        TokenBytes bytes = new(copies * decoder.Bytes.Kept, copies * decoder.Bytes.Passing);
        TokenExtent extent = TokenExtent.Of(data);
        (int longest, int longestAnswer, int scored) = objective.UsesRejected
            ? (extent.LongestGroup, extent.LongestAnswer, extent.MostScored)
            : (extent.LongestFirstAnswer, extent.LongestFirstAnswer, extent.MostScoredFirst);
        int mostScored = Math.Max(scored, EnoughTokens); // per pass
        var plan = new MemoryPlan
        {
            BaselineBytes = Math.Max(baselineBytes, model.WeightBytes), // pages of a mapped file may have been taken back
            WeightBytes = model.WeightBytes,
            StateBytes = StateOf(model),
            Layers = model.Shape.Layers,
            BytesPerKeptToken = bytes.Kept,
            BytesPerRecomputedToken = copies * decoder.InputBytes,
            PassingBytesPerToken = bytes.Passing,
            HeadRows = Math.Min(decoder.Head.ChunkRows, mostScored),
            BytesPerHeadRow = decoder.Head.BytesPerRow,
            LongestGroup = longest,
            LongestAnswer = longestAnswer,
            TokensPerMicroBatch = 1,
            KeptTokens = 0,
        };
        long free = memoryBytes - plan.BaselineBytes - plan.StateBytes - plan.HeadBytes - plan.WorkBytes;
        long least = (long)(
            Fragmentation
            * longest
            * (plan.BytesPerRecomputedToken + plan.PassingBytesPerToken + plan.BytesPerKeptToken / model.Shape.Layers)
        );
        if (free < least)
        {
            throw new SimperException(
                $"max_memory is {memoryBytes / 1e9:F2} GB; weights and program take {plan.BaselineBytes / 1e9:F2} GB, "
                    + $"gradients and optimizer {plan.StateBytes / 1e9:F2} GB, "
                    + $"and the longest pair ({longest} tokens) at least "
                    + $"{(least + plan.HeadBytes + plan.WorkBytes) / 1e9:F2} GB. Give at least "
                    + $"{(memoryBytes - free + least) / 1e9:F2} GB, or lower max_length."
            );
        }
        int kept = (int)Math.Min(int.MaxValue, free / Fragmentation / (plan.BytesPerKeptToken + plan.PassingBytesPerToken));
        plan = plan with { TokensPerMicroBatch = Math.Clamp(kept, 1, EnoughTokens), KeptTokens = kept };
        MemoryPlan whole = plan with { HeadRows = mostScored };
        return whole.PeakBytes <= memoryBytes ? whole : plan;
    }

    /// <summary>Nine tenths of the machine's (or the container's) memory: the rest is the system's.</summary>
    public static long Available() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10 * 9;

    /// <summary>Gradients and AdamW's two moments, of the weights that train.</summary>
    internal static long StateOf(LanguageModel model) => 3L * model.Precision.WideBytes * model.Parameters.Sum(p => p.Count);

    /// <summary>The plan in one sentence.</summary>
    public override string ToString()
    {
        string beyond =
            KeptTokens >= LongestGroup
                ? ""
                : $"; longer pairs (up to {LongestGroup:N0}) answer by answer or with activations computed again";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"memory: {PeakBytes / 1e9:F2} GB expected; passes of up to {TokensPerMicroBatch:N0} tokens{beyond}"
        );
    }
}
