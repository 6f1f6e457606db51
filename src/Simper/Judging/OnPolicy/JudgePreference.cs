using System.Text.Json.Nodes;
using Simper.Judging.Comparison;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>
/// Has a judge compare every two answers, blind and in both orders. An answer's score is the share of the others that it is
/// preferred to; a tie, and a verdict that turns with the order, counts as half.
/// </summary>
public sealed class JudgePreference : IAnswerScorer
{
    /// <summary>The word that asks for it.</summary>
    public const string Kind = "pairwise";

    private readonly Judge _judge;

    /// <param name="client">The judge's server; it must outlive this object.</param>
    /// <param name="settings">How often it is asked, in each order.</param>
    /// <exception cref="SimperException">A setting out of its range.</exception>
    public JudgePreference(JudgeClient client, JudgeSettings settings)
    {
        settings.Validate();
        _judge = new Judge(client, settings);
        Description = _judge.Describe(Kind, PairJudge.Instructions);
    }

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public JsonObject Description
    {
        get => (JsonObject)field.DeepClone();
    }

    /// <inheritdoc/>
    public void Expect(DataPrompt prompt) { }

    /// <inheritdoc/>
    public async Task<AnswerScores> ScoreAsync(DataPrompt prompt, IReadOnlyList<string> answers, CancellationToken cancel)
    {
        (int First, int Second)[] pairs =
        [
            .. from first in Enumerable.Range(0, answers.Count)
            from second in Enumerable.Range(first + 1, answers.Count - first - 1)
            select (first, second),
        ];
        (double? ForSecond, int Invalid)[] verdicts = await Task.WhenAll(
            pairs.Select(p => CompareAsync(new AnswerPair(prompt.Messages, answers[p.First], answers[p.Second]), cancel))
        );
        double?[] scores =
        [
            .. Enumerable
                .Range(0, answers.Count)
                .Select(i =>
                    pairs
                        .Zip(verdicts)
                        .Select(v =>
                            v.First.Second == i ? v.Second.ForSecond
                            : v.First.First == i ? 1 - v.Second.ForSecond
                            : null
                        )
                        .Average()
                ),
        ];
        return new AnswerScores(scores, verdicts.Sum(v => v.Invalid));
    }

    // Half a comparison, of one order, would carry the judge's taste for what is shown first.
    private async Task<(double? ForSecond, int Invalid)> CompareAsync(AnswerPair pair, CancellationToken cancel)
    {
        (double? Verdict, int Invalid)[] both = await Task.WhenAll(
            _judge.AskAsync(PairJudge.Messages(pair, pair.First, pair.Second), PairJudge.ForB, cancel),
            _judge.AskAsync(PairJudge.Messages(pair, pair.Second, pair.First), PairJudge.ForB, cancel)
        );
        return ((both[0].Verdict + 1 - both[1].Verdict) / 2, both.Sum(b => b.Invalid));
    }
}
