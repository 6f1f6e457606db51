using Simper.Batching;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: A answers, including scored prompts.

/// <summary>
/// The scores of passes of the model, as plain tensors: of several passes where a loss couples more pairs than fit into one.
/// </summary>
/// <param name="Answers">The answers, in order.</param>
/// <param name="Groups">Number of groups.</param>
/// <param name="Sums">The sums that objectives see [A].</param>
/// <param name="PlainSums">Σ log π of each answer [A].</param>
/// <param name="Confidences">Σ (log π - log Σ p²) of each answer [A], if requested.</param>
/// <param name="References">The reference's sums [A], if needed.</param>
internal sealed record BatchScores(
    IReadOnlyList<MicroBatch.Answer> Answers,
    int Groups,
    Tensor Sums,
    Tensor PlainSums,
    Tensor? Confidences,
    Tensor? References
)
{
    /// <summary>The scores of a pass, which keeps owning them.</summary>
    public static BatchScores Of(ScoringPass pass, Tensor? references) =>
        new(pass.Batch.Answers, pass.Batch.Groups, pass.Sums, pass.PlainSums, pass.Confidences, references);

    /// <summary>Copies that outlive the pass.</summary>
    public BatchScores Copy() =>
        this with
        {
            Sums = Sums.clone(),
            PlainSums = PlainSums.clone(),
            Confidences = Confidences?.clone(),
        };

    /// <summary>Concatenates several.</summary>
    public static BatchScores Join(IReadOnlyList<BatchScores> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        var answers = new List<MicroBatch.Answer>();
        int groups = 0;
        foreach (BatchScores part in parts)
        {
            answers.AddRange(part.Answers.Select(a => a with { Group = a.Group + groups }));
            groups += part.Groups;
        }
        Tensor Joined(Func<BatchScores, Tensor> of) => cat([.. parts.Select(of)]);
        return new BatchScores(
            answers,
            groups,
            Joined(p => p.Sums),
            Joined(p => p.PlainSums),
            parts[0].Confidences is null ? null : Joined(p => p.Confidences!),
            parts[0].References is null ? null : Joined(p => p.References!)
        );
    }
}
