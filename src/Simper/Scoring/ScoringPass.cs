using Simper.Batching;
using Simper.Models;
using Simper.Models.Layers;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: A answers, S scored tokens, T tokens, R tokens that predict a scored one.

/// <summary>
/// A micro-batch's pass through the model: the log-probs of its answers, and the backward pass from their gradients to the
/// weights. Owns what it saves; at most one backward pass. Uses no autograd.
/// </summary>
internal sealed class ScoringPass : IDisposable
{
    private readonly Decoder _decoder;
    private readonly Tape? _tape;
    private readonly RouterLoss? _routers;
    private readonly HeadPass _head;
    private readonly Tensor _ids;
    private readonly Tensor _wanted;
    private readonly Tensor _answerOfToken; // [T], [R], [S]
    private readonly Tensor? _tokenWeights; // [S], if not all token weights are 1

    private ScoringPass(
        Decoder decoder,
        MicroBatch batch,
        Tape? tape,
        RouterLoss? routers,
        HeadPass head,
        Tensor ids,
        Tensor wanted,
        Tensor answerOfToken,
        Tensor? tokenWeights
    )
    {
        (_decoder, Batch, _tape, _routers, _head) = (decoder, batch, tape, routers, head);
        _ids = ids.DetachFromDisposeScope();
        _wanted = wanted.DetachFromDisposeScope();
        _answerOfToken = answerOfToken.DetachFromDisposeScope();
        _tokenWeights = tokenWeights?.DetachFromDisposeScope();
        PlainSums = SumByAnswer(head.LogProbs);
        Sums = tokenWeights is null ? PlainSums : SumByAnswer(head.LogProbs * tokenWeights);
        Confidences = head.LogSquareSums is { } squares ? SumByAnswer(head.LogProbs - squares) : null;
    }

    public MicroBatch Batch { get; }

    /// <summary>Σ of an answer's log π, each token times its weight [A], wide: what objectives see.</summary>
    public Tensor Sums { get; }

    /// <summary>Σ log π of every answer [A], wide: the same tensor if all token weights are 1.</summary>
    public Tensor PlainSums { get; }

    /// <summary>Σ (log π - log Σ p²) of every answer [A], wide, if requested.</summary>
    public Tensor? Confidences { get; }

    /// <summary>log π of every scored token [S], wide.</summary>
    public Tensor TokenLogProbs => _head.LogProbs;

    /// <summary>Whether every scored token is the most likely one [S], bool, if requested.</summary>
    public Tensor? TokensAreBest => _head.AreBest;

    /// <param name="decoder">The model.</param>
    /// <param name="batch">What to score.</param>
    /// <param name="forBackward">Whether to save what <see cref="Backward"/> needs.</param>
    /// <param name="recompute">Whether to save only the blocks' inputs and recompute the rest.</param>
    /// <param name="chunkRows">Rows of the head's chunks; 0 for the default. If all scored tokens fit into one, its logits are
    /// kept for <see cref="Backward"/>.</param>
    public static ScoringPass Forward(
        Decoder decoder,
        MicroBatch batch,
        bool forBackward,
        bool recompute = false,
        long chunkRows = 0
    )
    {
        ExpectKnownIds(decoder, batch);
        if (decoder.Shape.NeedsOwnPrompts)
            batch = batch.Apart();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tape? tape = forBackward ? new Tape(recompute) : null;
        Tensor ids = decoder.Kernels.Indices(batch.Ids);
        // A token may predict several (the last one of a prompt predicts the first of each of its answers); the model computes it
        // once.
        long[] predicting = [.. batch.Scored.Select(s => (long)s.PredictedAt).Distinct().Order()];
        Tensor wanted = decoder.Kernels.Indices(predicting);
        RouterLoss? routers =
            forBackward && decoder.Shape.Experts is { LossCoefficient: > 0 } experts
                ? new RouterLoss(experts.LossCoefficient)
                : null;
        // Where the routers' loss counts, those of the last block choose for all tokens, too.
        Tensor hidden = routers is null
            ? decoder.Forward(ids, batch.Layout, tape, wanted)
            : decoder.Forward(ids, batch.Layout, tape, rows: null, routers).index_select(0, wanted);
        Tensor rows = decoder.Kernels.Indices([.. batch.Scored.Select(s => (long)Array.BinarySearch(predicting, s.PredictedAt))]);
        Tensor targets = decoder.Kernels.Indices([.. batch.Scored.Select(s => (long)s.Id)]);
        HeadPass head = decoder.Head.Score(
            hidden,
            rows,
            targets,
            forBackward,
            chunkRows,
            batch.Needs.Confidence,
            batch.Needs.AsLibTorch
        );
        Tensor answerOfToken = decoder.Kernels.Indices([.. batch.Scored.Select(s => (long)s.Answer)]);
        Tensor? weights = TokenWeights(batch, head.LogProbs);
        return new ScoringPass(decoder, batch, tape, routers, head, ids, wanted, answerOfToken, weights);
    }

    private static Tensor? TokenWeights(MicroBatch batch, Tensor logProbs) =>
        batch.Needs switch
        {
            { ByProbability: true } => logProbs.exp(),
            { TailWeight: not 1 } => tensor(
                batch.Scored.Select(s => s.Weight).ToArray(),
                dtype: logProbs.dtype,
                device: logProbs.device
            ),
            _ => null,
        };

    private Tensor SumByAnswer(Tensor perToken)
    {
        Tensor sums = zeros(Batch.Answers.Count, dtype: perToken.dtype, device: perToken.device);
        sums.IndexAddInPlace(0, _answerOfToken, perToken);
        return sums.cpu().DetachFromDisposeScope(); // objectives compute on the CPU, with few numbers
    }

    /// <summary>Accumulates the gradients of all weights, given dL / d sum of every answer [A], wide.</summary>
    /// <param name="gradient">Of the objective.</param>
    /// <param name="share">The pass's part of the step, by which the routers' auxiliary loss counts.</param>
    public void Backward(Tensor gradient, double share = 0)
    {
        if (_tape is null)
            throw new InvalidOperationException("The pass was made for scoring alone.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        // every token of an answer has its sum's gradient, times its weight
        Tensor perToken = gradient.to(_answerOfToken.device).index_select(0, _answerOfToken);
        if (_tokenWeights is not null)
            perToken = perToken * _tokenWeights;
        Tensor dHidden = _head.Backward(perToken, _wanted.shape[0]);
        if (_routers is null)
        {
            _decoder.Backward(dHidden, _ids, Batch.Layout, _tape, _wanted);
            return;
        }
        _routers.Share = share;
        Tensor dAll = zeros(Batch.Tokens, dHidden.size(1), dtype: dHidden.dtype, device: dHidden.device);
        _decoder.Backward(dAll.index_copy_(0, _wanted, dHidden), _ids, Batch.Layout, _tape, rows: null, _routers);
    }

    // Without a row libtorch would fail with an index error.
    private static void ExpectKnownIds(Decoder decoder, MicroBatch batch)
    {
        long highest = Math.Max(batch.Ids.Max(), batch.Scored.Max(s => s.Id));
        if (highest >= decoder.Shape.Vocabulary)
        {
            throw new SimperException(
                $"The tokenizer gives the id {highest} (rows "
                    + $"{string.Join(", ", batch.Answers.Select(a => a.Row).Distinct().Take(5))}), but the model "
                    + $"has {decoder.Shape.Vocabulary} tokens; tokenizer and weights do not belong together."
            );
        }
    }

    public void Dispose()
    {
        _tape?.Dispose();
        _routers?.Dispose();
        _head.Dispose();
        _ids.Dispose();
        _wanted.Dispose();
        _answerOfToken.Dispose();
        _tokenWeights?.Dispose();
        PlainSums.Dispose();
        Sums.Dispose();
        Confidences?.Dispose();
    }
}
