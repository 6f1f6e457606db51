using Simper.Batching;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: P groups (pairs, mostly), A answers, in order of the groups.

/// <summary>
/// Everything an objective sees: for each answer the sum of its log-probs, the number of its scored tokens, its weight, and if
/// needed the reference model's sum. Losses over pairs read <see cref="ChosenSum"/>, <see cref="RejectedSum"/> and so on [P];
/// losses that are a sum over answers read <see cref="Sums"/> [A] and <see cref="Weights"/>. Autograd flows through the policy's
/// sums. The tensors belong to the dispose scope that was open at construction.
/// </summary>
public sealed class PairScores
{
    private readonly Tensor _groupOf; // [A], int64
    private readonly Tensor _firsts; // [P], int64: the index of each group's first answer
    private readonly Tensor? _seconds; // and of its second one, if every group has one
    private readonly Tensor? _references;
    private readonly Tensor? _confidences;
    private readonly Tensor? _promptSums;
    private readonly Tensor? _promptTokens;

    /// <param name="sums">Sum of log-probs per answer of the group, the chosen first: tensors [P].</param>
    /// <param name="tokens">Number of scored tokens, likewise, at least 1.</param>
    /// <param name="references">The reference's sums, likewise, or null.</param>
    /// <param name="weights">Weights of the answers, likewise; null for 1 for the first and -1 for all others.</param>
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
    /// The weight of every answer [A]: 1 for chosen ones, -1 for rejected ones, in between for ranked or graded ones, 0 for those
    /// that are only observed.
    /// </summary>
    public Column Weights { get; }

    /// <summary>Mean log-prob per scored token of every answer [A].</summary>
    public Column Means => Sums / Tokens;

    /// <summary>Σ log π_ref of every answer [A].</summary>
    public Column References => _references ?? throw Missing("reference");

    /// <summary>Δ = Σ log π - Σ log π_ref of every answer [A].</summary>
    public Column LogRatios => Sums - References;

    /// <summary>Mean of log p - log Σ p² over the tokens of every answer [A], detached (WPO).</summary>
    public Column Confidences => _confidences ?? throw Missing("confidence");

    /// <summary>Σ log π of each group's prompt [P], without its first token.</summary>
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

    /// <summary>Selects the first answers [P] from values of all answers [A].</summary>
    public Column Chosen(Column perAnswer) => perAnswer.Tensor.index_select(0, _firsts);

    /// <summary>Selects the second answers [P] from values of all answers [A].</summary>
    public Column Rejected(Column perAnswer) => perAnswer.Tensor.index_select(0, _seconds ?? throw Missing("rejected answer"));

    /// <summary>The sum over each group's answers [P].</summary>
    public Column SumByGroup(Column perAnswer) =>
        zeros(Count, dtype: perAnswer.Tensor.dtype).IndexAdd(0, _groupOf, perAnswer.Tensor);

    /// <summary>Arranges the scores of passes of the model.</summary>
    /// <param name="batch">The scores.</param>
    /// <param name="sums">Their sums, or an autograd leaf in their place.</param>
    internal static PairScores Of(BatchScores batch, Tensor sums) => new(batch, sums);

    private static InvalidOperationException Missing(string what) => new($"There is no {what} in these scores.");
}
