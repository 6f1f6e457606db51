using Simper.Batching;
using static TorchSharp.torch;

namespace Simper.Scoring;

// Legend: A answers, prompts that are scored among them.

/// <summary>
/// What passes of the model found for their answers, as plain numbers: more than one pass where a loss ties together more pairs
/// than fit into one.
/// </summary>
/// <param name="Answers">The answers, in order.</param>
/// <param name="Groups">Number of groups.</param>
/// <param name="Sums">What objectives see of each [A].</param>
/// <param name="PlainSums">Σ log π of each [A].</param>
/// <param name="Confidences">Σ (log π - log Σ p²) of each [A], where it was asked for.</param>
/// <param name="References">The reference's sums [A], where they are needed.</param>
internal sealed record BatchScores(
    IReadOnlyList<MicroBatch.Answer> Answers,
    int Groups,
    Tensor Sums,
    Tensor PlainSums,
    Tensor? Confidences,
    Tensor? References
)
{
    /// <summary>The numbers of a pass, which stay the pass's own.</summary>
    public static BatchScores Of(ScoringPass pass, Tensor? references) =>
        new(pass.Batch.Answers, pass.Batch.Groups, pass.Sums, pass.PlainSums, pass.Confidences, references);

    /// <summary>Numbers that outlive the pass.</summary>
    public BatchScores Copy() =>
        this with
        {
            Sums = Sums.clone(),
            PlainSums = PlainSums.clone(),
            Confidences = Confidences?.clone(),
        };

    /// <summary>Several as one.</summary>
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
