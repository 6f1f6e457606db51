using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: N rows, S scored tokens, R predicting tokens, C rows of a chunk, V vocabulary, D width.

/// <summary>
/// The final norm, and the projection to logits; in some families they are then scaled, or capped, cap · tanh(logit / cap). A
/// tied head's weight is the embedding's.
/// </summary>
/// <param name="norm">Of the residual stream after the last block.</param>
/// <param name="weight">[V, D]</param>
/// <param name="scale">Of the logits.</param>
/// <param name="cap">0 for none.</param>
/// <param name="adapters">What is added to the projection, or null.</param>
/// <param name="kernels">The operations.</param>
internal sealed class Head(INorm norm, Weight weight, double scale, double cap, LowRank? adapters, KernelSet kernels)
{
    /// <summary>By default a chunk has as many rows as take about this many bytes in float32.</summary>
    private const long ChunkBytes = 128L << 20;

    public IEnumerable<Weight> Weights => [.. norm.Weights, weight, .. adapters?.Weights ?? []];

    /// <summary>A row of logits.</summary>
    public long BytesPerRow => Words * kernels.Precision.ComputeBytes;

    /// <summary>V.</summary>
    public long Words => weight.Rows;

    /// <summary>Default chunk of <see cref="Score"/>, in rows.</summary>
    public long ChunkRows => Math.Max(1, ChunkBytes / (4 * Words));

    /// <summary>
    /// The head's input, in the compute dtype, from rows of the residual stream [N, D]; and 1 / root mean square [N].
    /// </summary>
    public (Tensor Normalised, Tensor InverseRms) Norm(Tensor rows) => norm.Forward(rows);

    /// <summary>Logits [N, V], compute, from normalised rows [N, D].</summary>
    public Tensor Logits(Tensor normalised)
    {
        Tensor logits = kernels.Linear(normalised, weight.Matrix, bias: null);
        adapters?.AddTo(logits, normalised);
        if (scale != 1)
            logits.TimesInPlace(scale);
        if (cap > 0)
            kernels.SoftCap(logits, cap);
        return logits;
    }

    /// <summary>
    /// Logits [N, V], wide, on the CPU, from rows of the residual stream [N, D]: of the next token, of few sequences.
    /// </summary>
    public Tensor WideLogits(Tensor rows)
    {
        Tensor normalised = norm.Forward(rows).Output;
        Tensor logits = kernels.WideProduct(normalised, weight.Matrix);
        if (adapters is not null)
            logits = adapters.AddedTo(logits, normalised);
        if (scale != 1)
            logits.TimesInPlace(scale);
        if (cap > 0)
            kernels.SoftCap(logits, cap);
        return kernels.Device.type == DeviceType.CPU ? logits : logits.cpu();
    }

    /// <summary>
    /// log π of each scored token, chunk by chunk, so that [T, V] is never materialised. Log-probs are computed in the wide
    /// dtype, since SimPER exponentiates their mean. When all rows fit into one chunk its logits are kept for the backward pass;
    /// else they are recomputed, a third more work in the head, a few per cent of the step: with memory to spare use large
    /// chunks.
    /// </summary>
    /// <param name="hidden">The residual stream of the predicting tokens [R, D], wide.</param>
    /// <param name="rows">Which of its rows predict each scored token [S], int64.</param>
    /// <param name="targets">The ids to predict [S], int64.</param>
    /// <param name="forBackward">Whether <see cref="HeadPass.Backward"/> will be called.</param>
    /// <param name="chunkRows">Rows of a chunk; 0 for the default.</param>
    /// <param name="withSquares">Whether <see cref="HeadPass.LogSquareSums"/> are needed.</param>
    /// <param name="asLibTorch">Whether float32 log-probs are those of libtorch's log-softmax, whose plain sum loses the smallest
    /// terms of a large vocabulary (1e-5 of a log-prob), and <see cref="HeadPass.AreBest"/> is needed: for figures that other
    /// programs compute so.</param>
    public HeadPass Score(
        Tensor hidden,
        Tensor rows,
        Tensor targets,
        bool forBackward,
        long chunkRows = 0,
        bool withSquares = false,
        bool asLibTorch = false
    )
    {
        using var scope = NewDisposeScope();
        Tensor states = hidden.index_select(0, rows);
        (Tensor normalised, Tensor inverseRms) = norm.Forward(states);
        long count = rows.size(0);
        Tensor logSumExps = empty(count, dtype: hidden.dtype, device: hidden.device);
        Tensor logProbs = empty(count, dtype: hidden.dtype, device: hidden.device);
        Tensor? squares = withSquares ? empty(count, dtype: hidden.dtype, device: hidden.device) : null;
        Tensor? best = asLibTorch ? empty(count, dtype: ScalarType.Bool, device: hidden.device) : null;
        Tensor? onlyLogits = null;
        long size = chunkRows > 0 ? chunkRows : ChunkRows;
        foreach ((long start, long length) in HeadPass.Chunks(count, size))
        {
            using var chunk = NewDisposeScope();
            Tensor logits = Logits(normalised.narrow(0, start, length));
            Tensor wanted = targets.narrow(0, start, length);
            (Tensor sum, Tensor logProb) = kernels.LogProbs(logits, wanted);
            logSumExps.narrow(0, start, length).copy_(sum);
            if (asLibTorch && logits.dtype == ScalarType.Float32)
                logProb = nn.functional.log_softmax(logits, 1).gather(1, wanted.unsqueeze(1)).squeeze(1);
            logProbs.narrow(0, start, length).copy_(logProb);
            // log Σ e²ᶻ - 2 log Σ eᶻ
            squares?.narrow(0, start, length).copy_(logits.to(hidden.dtype).Times(2).logsumexp(1) - sum.Times(2));
            best?.narrow(0, start, length).copy_(logits.argmax(1).eq(wanted));
            if (forBackward && length == count)
                onlyLogits = logits.MoveToOuterDisposeScope();
        }
        return new HeadPass(this, size, onlyLogits)
        {
            Rows = rows.alias().DetachFromDisposeScope(),
            Targets = targets.alias().DetachFromDisposeScope(),
            States = states.DetachFromDisposeScope(),
            InverseRms = inverseRms.DetachFromDisposeScope(),
            Normalised = normalised.DetachFromDisposeScope(),
            LogSumExps = logSumExps.DetachFromDisposeScope(),
            LogProbs = logProbs.DetachFromDisposeScope(),
            LogSquareSums = squares?.DetachFromDisposeScope(),
            AreBest = best?.DetachFromDisposeScope(),
        };
    }

    /// <summary>
    /// From the gradient of a chunk's log-probs, that of the normalised rows [C, D], compute; accumulates the weight gradient.
    /// </summary>
    /// <param name="logits">[C, V], compute; overwritten.</param>
    /// <param name="normalised">[C, D], compute.</param>
    /// <param name="targets">[C], int64.</param>
    /// <param name="logSumExps">[C], wide.</param>
    /// <param name="gradient">dL / d log π(target) [C], wide.</param>
    public Tensor Backward(Tensor logits, Tensor normalised, Tensor targets, Tensor logSumExps, Tensor gradient)
    {
        kernels.LogProbsBackward(logits, targets, logSumExps, gradient, cap);
        if (scale != 1)
            logits.TimesInPlace(scale);
        weight.Parameter?.AddWeightGradient(logits, normalised);
        Tensor dNormalised = kernels.LinearBackward(logits, weight.Matrix);
        if (adapters is not null)
        {
            adapters.AddGradients(logits, normalised);
            dNormalised.PlusInPlace(adapters.Backward(logits));
        }
        return dNormalised;
    }

    /// <summary>
    /// The gradient of the residual stream [N, D], wide, from that of the normalised rows; accumulates the norm's weight
    /// gradient.
    /// </summary>
    public Tensor NormBackward(Tensor dNormalised, Tensor states, Tensor inverseRms) =>
        norm.Backward(dNormalised, states, inverseRms, residual: null);
}
