using Simper.Batching;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: P groups (pairs, mostly), A answers, in order of the groups.

/// <summary>
/// All that an objective sees: per answer the sum of its log-probs, the number of its scored tokens and how good it is, and where
/// it was asked for, the reference model's sum. Losses over pairs read <see cref="ChosenSum"/>, <see cref="RejectedSum"/> and so
/// on [P]; losses that are a sum over answers read <see cref="Sums"/> [A] and <see cref="Weights"/>. Autograd flows through the
/// sums of the policy. The tensors belong to the dispose scope that was open when this was made.
/// </summary>
public sealed class PairScores
{
    private readonly Tensor _groupOf; // [A], int64
    private readonly Tensor _firsts; // [P], int64: where each group's first answer is
    private readonly Tensor? _seconds; // and its second one, where every group has one
    private readonly Tensor? _references;
    private readonly Tensor? _confidences;
    private readonly Tensor? _promptSums;
    private readonly Tensor? _promptTokens;

    /// <param name="sums">Sum of log-probs per answer of the group, the chosen first: tensors [P].</param>
    /// <param name="tokens">Number of scored tokens, likewise, at least 1.</param>
    /// <param name="references">The reference's sums, likewise, or null.</param>
    /// <param name="weights">How good the answers are, likewise; null for 1 for the first and -1 for all others.</param>
    public PairScores(Tensor[] sums, Tensor[] tokens, Tensor[]? references = null, Tensor[]? weights = null)
    {
        long pairs = sums[0].shape[0];
        foreach (Tensor tensor in (Tensor[])[.. sums, .. tokens, .. references ?? [], .. weights ?? []])
            Tensors.Shape.Expect(tensor, nameof(sums), pairs);
        Count = pairs;
        (Sums, Tokens, _references) = (Flat(sums), Flat(tokens), references is null ? null : Flat(references));
        Weights = Flat(weights ?? [.. sums.Select((s, i) => HeldNumbers.Filled(i == 0 ? 1 : -1, s.dtype, pairs))]);
        (_groupOf, _firsts) = (
            HeldNumbers.Range(pairs).repeat_interleave(sums.Length),
            HeldNumbers.Range(pairs).Times((long)sums.Length)
        );
        _seconds = sums.Length > 1 ? _firsts.Plus(1L) : null;

        static Tensor Flat(Tensor[] columns) => stack(columns, 1).flatten();
    }

    private PairScores(BatchScores batch, Tensor sums)
    {
        int[] answers = [.. Enumerable.Range(0, batch.Answers.Count).Where(a => batch.Answers[a].Index >= 0)];
        int[] prompts =
        [
            .. Enumerable.Range(0, batch.Answers.Count).Where(a => batch.Answers[a].Index == MicroBatch.PromptIndex),
        ];
        Count = batch.Groups;
        long[] seconds = Places(1);
        (_firsts, _seconds) = (tensor(Places(0)), seconds.Length == batch.Groups ? tensor(seconds) : null);
        Tensor at = tensor(answers.Select(a => (long)a).ToArray());
        Tensor Of(IEnumerable<int> of, Func<MicroBatch.Answer, double> number) =>
            tensor(of.Select(a => number(batch.Answers[a])).ToArray(), dtype: sums.dtype);
        (Sums, Tokens, Weights) = (sums.index_select(0, at), Of(answers, a => a.ScoredTokens), Of(answers, a => a.Weight));
        _references = batch.References?.index_select(0, at);
        _confidences = batch.Confidences is null ? null : batch.Confidences.index_select(0, at) / Tokens.Tensor;
        _groupOf = tensor(answers.Select(a => (long)batch.Answers[a].Group).ToArray());
        if (prompts.Length > 0)
            (_promptSums, _promptTokens) = (
                sums.index_select(0, tensor(prompts.Select(p => (long)p).ToArray())),
                Of(prompts, a => a.ScoredTokens)
            );

        long[] Places(int index) =>
            [
                .. answers
                    .Select((a, i) => (Answer: batch.Answers[a], Place: (long)i))
                    .Where(x => x.Answer.Index == index)
                    .Select(x => x.Place),
            ];
    }

    /// <summary>P.</summary>
    public long Count { get; }

    /// <summary>Σ log π of every answer [A].</summary>
    public Column Sums { get; }

    /// <summary>Scored tokens of every answer [A].</summary>
    public Column Tokens { get; }

    /// <summary>
    /// How good every answer is [A]: 1 for chosen ones, -1 for rejected ones, between them where answers are ranked or graded, 0
    /// for those that are only looked at.
    /// </summary>
    public Column Weights { get; }

    /// <summary>Mean log-prob per scored token of every answer [A].</summary>
    public Column Means => Sums / Tokens;

    /// <summary>Σ log π_ref of every answer [A].</summary>
    public Column References => _references ?? throw Missing("reference");

    /// <summary>Δ = Σ log π - Σ log π_ref of every answer [A].</summary>
    public Column LogRatios => Sums - References;

    /// <summary>Mean of log p - log Σ p² over the tokens of every answer [A], as a constant (WPO).</summary>
    public Column Confidences => _confidences ?? throw Missing("confidence");

    /// <summary>Σ log π of each group's prompt [P], its first token left out.</summary>
    public Column PromptSums => _promptSums ?? throw Missing("prompt's sum");

    /// <summary>Tokens in <see cref="PromptSums"/> [P].</summary>
    public Column PromptTokens => _promptTokens ?? throw Missing("prompt's sum");

    /// <summary>Σ log π(chosen) [P].</summary>
    public Column ChosenSum => Chosen(Sums);

    /// <summary>Σ log π(rejected) [P].</summary>
    public Column RejectedSum => Rejected(Sums);

    /// <summary>|chosen| [P].</summary>
    public Column ChosenTokens => Chosen(Tokens);

    /// <summary>|rejected| [P].</summary>
    public Column RejectedTokens => Rejected(Tokens);

    /// <summary>Mean log-prob per scored token of the chosen answer [P].</summary>
    public Column ChosenMean => Chosen(Means);

    /// <summary>Mean log-prob per scored token of the rejected answer [P].</summary>
    public Column RejectedMean => Rejected(Means);

    /// <summary>Σ log π_ref(chosen) [P].</summary>
    public Column ReferenceChosenSum => Chosen(References);

    /// <summary>Σ log π_ref(rejected) [P].</summary>
    public Column ReferenceRejectedSum => Rejected(References);

    /// <summary>The first answers' part [P] of what is known of all [A].</summary>
    public Column Chosen(Column perAnswer) => perAnswer.Tensor.index_select(0, _firsts);

    /// <summary>The second answers' part [P] of what is known of all [A].</summary>
    public Column Rejected(Column perAnswer) => perAnswer.Tensor.index_select(0, _seconds ?? throw Missing("rejected answer"));

    /// <summary>The sum over each group's answers [P].</summary>
    public Column SumByGroup(Column perAnswer) =>
        zeros(Count, dtype: perAnswer.Tensor.dtype).IndexAdd(0, _groupOf, perAnswer.Tensor);

    /// <summary>Arranges the numbers of passes of the model.</summary>
    /// <param name="batch">The numbers.</param>
    /// <param name="sums">Its sums, or a leaf of autograd in their place.</param>
    internal static PairScores Of(BatchScores batch, Tensor sums) => new(batch, sums);

    private static InvalidOperationException Missing(string what) => new($"There is no {what} in these scores.");
}
