using Simper.Models;
using Simper.Models.Weights;

namespace Simper.Serving;

/// <summary>What an engine needs at most, in bytes, known before its first request.</summary>
public sealed record EngineMemory
{
    /// <summary>The model's weights.</summary>
    public required long Weights { get; init; }

    /// <summary>Their second copy, in the order in which products read them; 0 where the processor needs none.</summary>
    public required long Panels { get; init; }

    /// <summary>The cache of keys and values, when it is full.</summary>
    public required long Cache { get; init; }

    /// <summary>A step: activations and logits, when as many sequences and prompts' tokens are computed as may be.</summary>
    public required long Step { get; init; }

    /// <summary>All of it. The runtime and the tokenizer come on top, some hundred megabytes.</summary>
    public long Total => Weights + Panels + Cache + Step;

    internal static EngineMemory Of(LanguageModel model, EngineSettings settings, int pages)
    {
        Decoder decoder = model.Decoder;
        DecoderShape shape = decoder.Shape;
        (long narrow, long wide) = (model.Precision.ComputeBytes, model.Precision.WideBytes);
        // Of quantised blocks there are no panels; the embedding has some only as the head.
        IEnumerable<Weight> matrices = model.Weights.Where(w => w.IsMatrix).Skip(shape.TiedHead ? 0 : 1);
        long panels = matrices.Where(w => w is not PackedWeight).Sum(w => w.Count) * narrow;
        long query = (long)shape.Heads * shape.HeadWidth;
        long keyValue = 2L * shape.KeyValueHeads * shape.HeadWidth;
        long layer = wide * 2 * shape.Width + narrow * (2L * shape.Width + 2 * query + keyValue + 3L * shape.InnerWidth);
        // Steps of few tokens keep what all layers make; those of many a layer's.
        long rows = settings.MaxSequences + 4L * settings.PrefillTokens;
        long logits = (long)(settings.MaxSequences + settings.PrefillTokens) * shape.Vocabulary * (wide + sizeof(float));
        return new EngineMemory
        {
            Weights = model.Weights.Sum(w => w.Bytes),
            Panels = decoder.Kernels.KeepsPanels ? panels : 0,
            Cache = pages * PageMemory.BytesOf(shape, decoder.Kernels),
            Step = rows * 2 * layer + Math.Min(settings.MaxSequences, 64) * layer * shape.Layers + logits,
        };
    }
}
