using Simper.Analysis;
using Simper.Evaluation;
using Simper.Models;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Judging.Comparison;

/// <summary>
/// Compares answers without a judge that can read: by their mean log-prob per token under a third model, the reward that SimPER
/// trains by. It says which answers that model would sooner give, not which are better.
/// </summary>
/// <param name="model">The third model; it must outlive this object.</param>
public sealed class ProxyJudge(LanguageModel model)
{
    /// <summary>
    /// Mean log-probs of both answers to each pair, the first model's first; pairs with an empty answer are left out.
    /// </summary>
    /// <exception cref="SimperException">A prompt is too long for the model.</exception>
    public IReadOnlyList<(AnswerPair Pair, double First, double Second)> Score(
        IReadOnlyList<AnswerPair> pairs,
        CancellationToken cancel = default
    )
    {
        GroupTokenizer tokenizer = model.Files.GroupTokenizer();
        var kept = new List<AnswerPair>();
        var groups = new List<TokenizedGroup>();
        for (int i = 0; i < pairs.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            AnswerPair pair = pairs[i];
            var group = new PreferenceGroup
            {
                Prompt = pair.Prompt,
                Answers = [.. Different(pair).Select(text => (ChatMessage[])[new ChatMessage("assistant", text)])],
                IsText = model.Files.Templates is null && pair.Prompt is [{ Role: "user" }],
                Row = i + 1,
                Place = $"prompt {i + 1}",
            };
            if (pair.First.Trim().Length == 0 || pair.Second.Trim().Length == 0)
                continue;
            if (tokenizer.Tokenize(group).Group is not { } tokenized)
                continue;
            kept.Add(pair);
            groups.Add(
                tokenized.Answers.Length == 1
                    ? tokenized with
                    {
                        Answers = [.. tokenized.Answers, .. tokenized.Answers],
                    }
                    : tokenized
            );
        }
        if (groups.Count == 0)
            throw new SimperException(
                "No pair of answers can be scored: each has an empty answer, is too long, or is the same in tokens."
            );
        IReadOnlyList<PairLogProbs> scores = PairLogProbs.Measure(model, groups, cancel: cancel);
        return
        [
            .. kept.Zip(scores.OrderBy(s => s.Row))
                .Select(p =>
                    (p.First, p.Second.ChosenMean, Different(p.First).Length > 1 ? p.Second.RejectedMean : p.Second.ChosenMean)
                ),
        ];
    }

    // Equal answers, which no pair to train on may have, are a tie.
    private static string[] Different(AnswerPair pair) => pair.First == pair.Second ? [pair.First] : [pair.First, pair.Second];

    /// <summary>Both results: how often the second answer has the higher mean log-prob, and by how much on average.</summary>
    public static (ComparisonResult Wins, PairedDifference Difference) Result(
        string name,
        IReadOnlyList<(AnswerPair Pair, double First, double Second)> scores
    ) =>
        (
            ComparisonResult.Of(
                $"the mean log-prob under {name}",
                [
                    .. scores.Select(s =>
                        s.Second > s.First ? 1
                        : s.Second < s.First ? 0
                        : 0.5
                    ),
                ]
            ),
            PairedDifference.Of([.. scores.Select(s => s.First)], [.. scores.Select(s => s.Second)])
        );
}
