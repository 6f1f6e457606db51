using Simper.Batching;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: P pairs.

/// <summary>
/// All that an objective sees: per answer the sum of its log-probs and the number of its scored tokens, and where it was asked
/// for, the reference model's sum. Autograd flows through the sums of the policy. The tensors belong to the dispose scope that
/// was open when this was made.
/// </summary>
public sealed class PairScores
{
    private readonly Tensor[] _sums, _tokens;
    private readonly Tensor[]? _references;

    /// <param name="sums">Sum of log-probs per answer of the group, the chosen first: tensors [P].</param>
    /// <param name="tokens">Number of scored tokens, likewise, at least 1.</param>
    /// <param name="references">The reference's sums, likewise, or null.</param>
    public PairScores(Tensor[] sums, Tensor[] tokens, Tensor[]? references = null)
    {
        foreach (Tensor tensor in (Tensor[])[.. sums, .. tokens, .. references ?? []])
            Tensors.Shape.Expect(tensor, nameof(sums), sums[0].shape[0]);
        (_sums, _tokens, _references) = (sums, tokens, references);
    }

    /// <summary>P.</summary>
    public long Count => _sums[0].shape[0];

    /// <summary>Answers per group: 1 where there is no rejected answer.</summary>
    public int Answers => _sums.Length;

    /// <summary>Σ log π(chosen) [P].</summary>
    public Tensor ChosenSum => _sums[0];

    /// <summary>Σ log π(rejected) [P].</summary>
    public Tensor RejectedSum => Answer(_sums, 1, "rejected answer");

    /// <summary>|chosen| [P].</summary>
    public Tensor ChosenTokens => _tokens[0];

    /// <summary>|rejected| [P].</summary>
    public Tensor RejectedTokens => Answer(_tokens, 1, "rejected answer");

    /// <summary>Mean log-prob per scored token of the chosen answer [P].</summary>
    public Tensor ChosenMean => ChosenSum / ChosenTokens;

    /// <summary>Mean log-prob per scored token of the rejected answer [P].</summary>
    public Tensor RejectedMean => RejectedSum / RejectedTokens;

    /// <summary>Σ log π_ref(chosen) [P].</summary>
    public Tensor ReferenceChosenSum => Answer(_references ?? [], 0, "reference");

    /// <summary>Σ log π_ref(rejected) [P].</summary>
    public Tensor ReferenceRejectedSum => Answer(_references ?? [], 1, "reference");

    /// <summary>Arranges the sums of a micro-batch's answers [A] by group. All groups must have equally many answers.</summary>
    internal static PairScores Of(MicroBatch batch, Tensor sums, Tensor? references)
    {
        int perGroup = batch.Answers.Count / batch.Groups;
        if (batch.Answers.Select((a, i) => a.Index == i % perGroup && a.Group == i / perGroup).Contains(false))
            throw new ArgumentException("The groups of a micro-batch have different numbers of answers.", nameof(batch));
        Tensor[] ByAnswer(Tensor flat) => [.. flat.view(batch.Groups, perGroup).unbind(1)];
        Tensor tokens = tensor(batch.Answers.Select(a => (double)a.ScoredTokens).ToArray(), dtype: sums.dtype);
        return new PairScores(ByAnswer(sums), ByAnswer(tokens), references is null ? null : ByAnswer(references));
    }

    private static Tensor Answer(Tensor[] tensors, int index, string what) => index < tensors.Length
        ? tensors[index]
        : throw new InvalidOperationException($"There is no {what} in these scores.");
}
