using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>Says how good answers to a prompt are. Thread safe.</summary>
public interface IAnswerScorer
{
    /// <summary>As it was asked for, such as <c>length:40..80</c>.</summary>
    string Name { get; }

    /// <summary>All that decides its scores: kept scores of another one are not used, and the provenance has it.</summary>
    JsonObject Description { get; }

    /// <summary>Looks at a prompt's row before anything is computed.</summary>
    /// <exception cref="SimperException">The row lacks what is needed to score its answers.</exception>
    void Expect(DataPrompt prompt);

    /// <summary>Scores answers, all different and none empty.</summary>
    /// <exception cref="SimperException">They can never be scored, or a judge does not answer.</exception>
    Task<AnswerScores> ScoreAsync(DataPrompt prompt, IReadOnlyList<string> answers, CancellationToken cancel);
}

/// <summary>What a scorer found.</summary>
/// <param name="Scores">One for each answer; null for one that got none.</param>
/// <param name="InvalidReplies">Replies of a judge that held no verdict.</param>
public sealed record AnswerScores(IReadOnlyList<double?> Scores, int InvalidReplies = 0);

/// <summary>A scorer, and how much its scores count.</summary>
/// <param name="Scorer">The scorer.</param>
/// <param name="Weight">Its scores are multiplied by it; below 0, less is better.</param>
public sealed record WeightedScorer(IAnswerScorer Scorer, double Weight = 1);
