using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>A rule that scores an answer by itself, without a judge.</summary>
/// <param name="name">As it was asked for.</param>
/// <param name="score">The score of an answer.</param>
/// <param name="expect">Refuses rows that the rule cannot be applied to; null for none.</param>
internal sealed class AnswerRule(string name, Func<DataPrompt, string, double> score, Action<DataPrompt>? expect = null)
    : IAnswerScorer
{
    public string Name => name;

    public JsonObject Description => new() { ["rule"] = name };

    public void Expect(DataPrompt prompt) => expect?.Invoke(prompt);

    public Task<AnswerScores> ScoreAsync(DataPrompt prompt, IReadOnlyList<string> answers, CancellationToken cancel) =>
        Task.FromResult(new AnswerScores([.. answers.Select(a => (double?)score(prompt, a))]));
}
