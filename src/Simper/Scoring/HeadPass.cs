using Simper.Models;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: R tokens that predict, S scored tokens, C rows of a chunk, V words, D width.

/// <summary>
/// The head and its log-softmax over the scored rows alone, in chunks, so that [T, V] never exists. Log-probs are formed in the
/// wide type, since SimPER exponentiates their mean. When all rows fit one chunk its logits are kept for the backward pass; else
/// they are computed again, a third more work of the head, a few per cent of the step: who has memory to spare asks for large
/// chunks.
/// </summary>
internal sealed class HeadPass : IDisposable
{
    /// <summary>Rows of a chunk, where nobody chose, are as many as take about this many bytes in float32.</summary>
    private const long ChunkBytes = 128L << 20;

    private readonly Decoder _decoder;
    private readonly long _chunkRows;
    private readonly Tensor _rows;
    private readonly Tensor _targets; // [S]
    private readonly Tensor _states;
    private readonly Tensor _inverseRms;
    private readonly Tensor _normalised;
    private readonly Tensor _logSumExps; // [S, D], [S], [S, D], [S]
    private Tensor? _onlyLogits; // [S, V]

    private HeadPass(
        Decoder decoder,
        long chunkRows,
        Tensor rows,
        Tensor targets,
        Tensor states,
        Tensor inverseRms,
        Tensor normalised,
        Tensor logSumExps,
        Tensor logProbs,
        Tensor? logSquareSums,
        Tensor? onlyLogits
    )
    {
        LogSquareSums = logSquareSums;
        (_decoder, _chunkRows, _rows, _targets, _states) = (decoder, chunkRows, rows, targets, states);
        (_inverseRms, _normalised, _logSumExps, LogProbs, _onlyLogits) = (
            inverseRms,
            normalised,
            logSumExps,
            logProbs,
            onlyLogits
        );
        foreach (Tensor tensor in All)
            tensor.DetachFromDisposeScope();
    }

    /// <summary>log π of each scored token [S], wide.</summary>
    public Tensor LogProbs { get; }

    /// <summary>log Σ p² over the words at each scored token [S], wide, where it was asked for.</summary>
    public Tensor? LogSquareSums { get; }

    /// <param name="decoder">Whose final norm and head are used.</param>
    /// <param name="hidden">The residual stream of the tokens that predict [R, D], wide.</param>
    /// <param name="rows">Which of its rows predict each scored token [S], int64.</param>
    /// <param name="targets">The ids they have to predict [S], int64.</param>
    /// <param name="forBackward">Whether <see cref="Backward"/> will be called.</param>
    /// <param name="chunkRows">Rows of a chunk; 0 chooses.</param>
    /// <param name="withSquares">Whether <see cref="LogSquareSums"/> are wanted.</param>
    public static HeadPass Forward(
        Decoder decoder,
        Tensor hidden,
        Tensor rows,
        Tensor targets,
        bool forBackward,
        long chunkRows = 0,
        bool withSquares = false
    )
    {
        using var scope = NewDisposeScope();
        Tensor states = hidden.index_select(0, rows);
        (Tensor normalised, Tensor inverseRms) = decoder.FinalNorm(states);
        long count = rows.shape[0];
        Tensor logSumExps = empty(count, dtype: hidden.dtype);
        Tensor logProbs = empty(count, dtype: hidden.dtype);
        Tensor? squares = withSquares ? empty(count, dtype: hidden.dtype) : null;
        Tensor? onlyLogits = null;
        foreach ((long start, long length) in Chunks(decoder, count, chunkRows))
        {
            using var chunk = NewDisposeScope();
            Tensor logits = decoder.Logits(normalised.narrow(0, start, length));
            (Tensor sum, Tensor logProb) = decoder.Kernels.LogProbs(logits, targets.narrow(0, start, length));
            logSumExps.narrow(0, start, length).copy_(sum);
            logProbs.narrow(0, start, length).copy_(logProb);
            // log Σ e²ᶻ - 2 log Σ eᶻ
            squares?.narrow(0, start, length).copy_(logits.to(hidden.dtype).Times(2).logsumexp(1) - sum.Times(2));
            if (forBackward && length == count)
                onlyLogits = logits.MoveToOuterDisposeScope();
        }
        return new HeadPass(
            decoder,
            chunkRows,
            rows.alias(),
            targets.alias(),
            states,
            inverseRms,
            normalised,
            logSumExps,
            logProbs,
            squares,
            onlyLogits
        );
    }

    /// <summary>Adds the gradients of the head and the final norm; returns that of the residual stream [R, D].</summary>
    /// <param name="gradient">dL / d log π of each scored token [S], wide.</param>
    /// <param name="tokens">R.</param>
    public Tensor Backward(Tensor gradient, long tokens)
    {
        using var scope = NewDisposeScope();
        DecoderWeights weights = _decoder.Weights;
        Tensor dNormalised = empty_like(_normalised);
        foreach ((long start, long length) in Chunks(_decoder, _rows.shape[0], _chunkRows))
        {
            using var chunk = NewDisposeScope();
            Tensor rows = _normalised.narrow(0, start, length);
            using Tensor logits = TakeOnlyLogits() ?? _decoder.Logits(rows);
            _decoder.Kernels.LogProbsBackward(
                logits,
                _targets.narrow(0, start, length),
                _logSumExps.narrow(0, start, length),
                gradient.narrow(0, start, length)
            );
            weights.Head.AddWeightGradient(logits, rows);
            dNormalised.narrow(0, start, length).copy_(_decoder.Kernels.LinearBackward(logits, weights.Head.Compute));
        }
        Tensor dStates = _decoder.Kernels.NormBackward(
            dNormalised,
            _states,
            _inverseRms,
            weights.FinalNorm.Master,
            weights.FinalNorm.GradientBuffer(),
            residual: null
        );
        // The prompt's last row predicts the first token of several answers: their gradients add up.
        Tensor dHidden = zeros(tokens, dStates.shape[1], dtype: dStates.dtype);
        dHidden.IndexAddInPlace(0, _rows, dStates);
        return dHidden.MoveToOuterDisposeScope();
    }

    /// <summary>Rows of a chunk.</summary>
    public static long ChunkRows(DecoderShape shape) => Math.Max(1, ChunkBytes / (4L * shape.Vocabulary));

    private static IEnumerable<(long Start, long Length)> Chunks(Decoder decoder, long count, long chunkRows)
    {
        long size = chunkRows > 0 ? chunkRows : ChunkRows(decoder.Shape);
        for (long start = 0; start < count; start += size)
            yield return (start, Math.Min(size, count - start));
    }

    private Tensor? TakeOnlyLogits()
    {
        Tensor? logits = _onlyLogits;
        _onlyLogits = null;
        return logits;
    }

    private IEnumerable<Tensor> All =>
        new[]
        {
            _rows,
            _targets,
            _states,
            _inverseRms,
            _normalised,
            _logSumExps,
            LogProbs,
            LogSquareSums,
            _onlyLogits,
        }.OfType<Tensor>();

    public void Dispose()
    {
        foreach (Tensor tensor in All)
            tensor.Dispose();
    }
}
