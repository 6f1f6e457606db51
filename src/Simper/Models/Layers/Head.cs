using Simper.Kernels;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: N rows, S scored tokens, R tokens that predict, C rows of a chunk, V words, D width.

/// <summary>
/// The final norm, and the product that gives each word's logit; in some families logits are then capped,
/// cap · tanh(logit / cap). A tied head's weight is the embedding's.
/// </summary>
/// <param name="norm">Over the residual stream after the last block.</param>
/// <param name="weight">[V, D]</param>
/// <param name="cap">0 for none.</param>
/// <param name="kernels">The operations.</param>
internal sealed class Head(RmsNorm norm, Parameter weight, double cap, KernelSet kernels)
{
    /// <summary>Rows of a chunk, where nobody chose, are as many as take about this many bytes in float32.</summary>
    private const long ChunkBytes = 128L << 20;

    public IEnumerable<Parameter> Parameters => [.. norm.Parameters, weight];

    /// <summary>V.</summary>
    public long Words => weight.Compute.size(0);

    /// <summary>Rows of a chunk of <see cref="Score"/>, where nobody chose.</summary>
    public long ChunkRows => Math.Max(1, ChunkBytes / (4 * Words));

    /// <summary>
    /// The head's input, in the compute type, of rows of the residual stream [N, D]; and 1 / root mean square [N].
    /// </summary>
    public (Tensor Normalised, Tensor InverseRms) Norm(Tensor rows) => norm.Forward(rows);

    /// <summary>Logits [N, V], compute, of normalised rows [N, D].</summary>
    public Tensor Logits(Tensor normalised)
    {
        Tensor logits = kernels.Linear(normalised, weight.Compute, bias: null);
        if (cap > 0)
            kernels.SoftCap(logits, cap);
        return logits;
    }

    /// <summary>
    /// Logits [N, V], wide, on the CPU, of rows of the residual stream [N, D]: of the next token, of few sequences.
    /// </summary>
    public Tensor WideLogits(Tensor rows)
    {
        Tensor logits = kernels.WideProduct(norm.Forward(rows).Output, weight.Compute);
        if (cap > 0)
            kernels.SoftCap(logits, cap);
        return kernels.Device.type == DeviceType.CPU ? logits : logits.cpu();
    }

    /// <summary>
    /// log π of each scored token, chunk by chunk, so that [T, V] never exists. Log-probs are formed in the wide type, since
    /// SimPER exponentiates their mean. When all rows fit one chunk its logits are kept for the backward pass; else they are
    /// computed again, a third more work of the head, a few per cent of the step: who has memory to spare asks for large chunks.
    /// </summary>
    /// <param name="hidden">The residual stream of the tokens that predict [R, D], wide.</param>
    /// <param name="rows">Which of its rows predict each scored token [S], int64.</param>
    /// <param name="targets">The ids they have to predict [S], int64.</param>
    /// <param name="forBackward">Whether <see cref="HeadPass.Backward"/> will be called.</param>
    /// <param name="chunkRows">Rows of a chunk; 0 chooses.</param>
    /// <param name="withSquares">Whether <see cref="HeadPass.LogSquareSums"/> are wanted.</param>
    public HeadPass Score(
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
        (Tensor normalised, Tensor inverseRms) = norm.Forward(states);
        long count = rows.size(0);
        Tensor logSumExps = empty(count, dtype: hidden.dtype, device: hidden.device);
        Tensor logProbs = empty(count, dtype: hidden.dtype, device: hidden.device);
        Tensor? squares = withSquares ? empty(count, dtype: hidden.dtype, device: hidden.device) : null;
        Tensor? onlyLogits = null;
        long size = chunkRows > 0 ? chunkRows : ChunkRows;
        foreach ((long start, long length) in HeadPass.Chunks(count, size))
        {
            using var chunk = NewDisposeScope();
            Tensor logits = Logits(normalised.narrow(0, start, length));
            (Tensor sum, Tensor logProb) = kernels.LogProbs(logits, targets.narrow(0, start, length));
            logSumExps.narrow(0, start, length).copy_(sum);
            logProbs.narrow(0, start, length).copy_(logProb);
            // log Σ e²ᶻ - 2 log Σ eᶻ
            squares?.narrow(0, start, length).copy_(logits.to(hidden.dtype).Times(2).logsumexp(1) - sum.Times(2));
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
        };
    }

    /// <summary>
    /// From the gradient of the log-probs of a chunk of rows that of the normalised rows [C, D], compute; adds the weight's.
    /// </summary>
    /// <param name="logits">[C, V], compute; overwritten.</param>
    /// <param name="normalised">[C, D], compute.</param>
    /// <param name="targets">[C], int64.</param>
    /// <param name="logSumExps">[C], wide.</param>
    /// <param name="gradient">dL / d log π(target) [C], wide.</param>
    public Tensor Backward(Tensor logits, Tensor normalised, Tensor targets, Tensor logSumExps, Tensor gradient)
    {
        kernels.LogProbsBackward(logits, targets, logSumExps, gradient, cap);
        weight.AddWeightGradient(logits, normalised);
        return kernels.LinearBackward(logits, weight.Compute);
    }

    /// <summary>The gradient of the residual stream [N, D], wide, from that of the normalised rows; adds the norm's.</summary>
    public Tensor NormBackward(Tensor dNormalised, Tensor states, Tensor inverseRms) =>
        norm.Backward(dNormalised, states, inverseRms, residual: null);
}
