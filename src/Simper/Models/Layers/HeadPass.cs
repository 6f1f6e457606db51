using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: R predicting tokens, S scored tokens, V vocabulary, D width.

/// <summary>
/// The forward pass of scored tokens through the head: their log-probs, and the backward pass. Owns what it saves.
/// </summary>
internal sealed class HeadPass(Head head, long chunkRows, Tensor? onlyLogits) : IDisposable
{
    private Tensor? _onlyLogits = onlyLogits?.DetachFromDisposeScope(); // [S, V], if all rows are one chunk

    /// <summary>Which row of the residual stream predicts each scored token [S].</summary>
    public required Tensor Rows { get; init; }

    /// <summary>[S]</summary>
    public required Tensor Targets { get; init; }

    /// <summary>The residual stream at the predicting token of each scored one [S, D], wide.</summary>
    public required Tensor States { get; init; }

    /// <summary>[S], wide.</summary>
    public required Tensor InverseRms { get; init; }

    /// <summary>The same, normalised [S, D], compute.</summary>
    public required Tensor Normalised { get; init; }

    /// <summary>log Σ e^logit [S], wide.</summary>
    public required Tensor LogSumExps { get; init; }

    /// <summary>log π of each scored token [S], wide.</summary>
    public required Tensor LogProbs { get; init; }

    /// <summary>log Σ p² over the vocabulary at each scored token [S], wide, if requested.</summary>
    public Tensor? LogSquareSums { get; init; }

    /// <summary>Whether each scored token is the most likely one, the first of equal ones [S], bool, if requested.</summary>
    public Tensor? AreBest { get; init; }

    /// <summary>Accumulates the gradients of the head and the final norm; returns that of the residual stream [R, D].</summary>
    /// <param name="gradient">dL / d log π of each scored token [S], wide.</param>
    /// <param name="tokens">R.</param>
    public Tensor Backward(Tensor gradient, long tokens)
    {
        using var scope = NewDisposeScope();
        Tensor dNormalised = empty_like(Normalised);
        foreach ((long start, long length) in Chunks(Rows.size(0), chunkRows))
        {
            using var chunk = NewDisposeScope();
            Tensor rows = Normalised.narrow(0, start, length);
            using Tensor logits = TakeOnlyLogits() ?? head.Logits(rows);
            Tensor flowing = head.Backward(
                logits,
                rows,
                Targets.narrow(0, start, length),
                LogSumExps.narrow(0, start, length),
                gradient.narrow(0, start, length)
            );
            dNormalised.narrow(0, start, length).copy_(flowing);
        }
        Tensor dStates = head.NormBackward(dNormalised, States, InverseRms);
        // The prompt's last row predicts the first token of several answers: their gradients are summed.
        Tensor dHidden = zeros(tokens, dStates.size(1), dtype: dStates.dtype, device: dStates.device);
        dHidden.IndexAddInPlace(0, Rows, dStates);
        return dHidden.MoveToOuterDisposeScope();
    }

    /// <summary>Runs of at most <paramref name="size"/> rows.</summary>
    public static IEnumerable<(long Start, long Length)> Chunks(long count, long size)
    {
        for (long start = 0; start < count; start += size)
            yield return (start, Math.Min(size, count - start));
    }

    private Tensor? TakeOnlyLogits()
    {
        Tensor? logits = _onlyLogits;
        _onlyLogits = null;
        return logits;
    }

    public void Dispose()
    {
        foreach (Tensor? tensor in (Tensor?[])[Rows, Targets, States, InverseRms, Normalised, LogSumExps, LogProbs])
            tensor!.Dispose();
        LogSquareSums?.Dispose();
        AreBest?.Dispose();
        _onlyLogits?.Dispose();
    }
}
