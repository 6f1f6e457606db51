using Simper.Analysis;
using Simper.Ledgers;
using Simper.Models;
using Simper.Reports;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// Pairs of a run, token by token, under the model that it began with and the one that it ended with. The two are in memory one
/// after the other.
/// </summary>
public static class RunTokens
{
    /// <summary>Scores all answers of some pairs.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="pairs">Its data.</param>
    /// <param name="wanted">Which pairs; those that are not found in the data any more, or cannot be tokenized, are left
    /// out.</param>
    /// <param name="cancel">Stops between two pairs.</param>
    /// <exception cref="SimperException">A model cannot be loaded.</exception>
    public static IReadOnlyList<TokenMap> Of(
        string run,
        RunPairs pairs,
        IEnumerable<PairKey> wanted,
        CancellationToken cancel = default
    )
    {
        Recipe recipe = pairs.Recipe;
        List<(PairKey Pair, string Prompt, TokenizedGroup Group, string[][] Texts)> groups = [];
        double[][][] before;
        using (var start = new RunSetup(recipe) { ForScoring = true, Cancel = cancel })
        {
            LanguageModel model = start.Policy;
            GroupTokenizer tokenizer = model.Files.GroupTokenizer(recipe.Tokenization);
            foreach (PairKey pair in wanted.Distinct())
            {
                if (pairs.Find(pair) is not { } found || tokenizer.Tokenize(found).Group is not { } group)
                    continue;
                string[][] texts = [.. group.Answers.Select(a => TokenMap.TextsOf(model.Files.Tokenizer, a.Ids))];
                groups.Add((pair, PairTexts.Of(found).Prompt, group, texts));
            }
            before = Scored(model);
        }
        using var end = new RunSetup(recipe with { ModelNameOrPath = run, FromScratch = false })
        {
            ForScoring = true,
            Cancel = cancel,
        };
        double[][][] after = Scored(end.Policy);
        return
        [
            .. from g in Enumerable.Range(0, groups.Count)
            from a in Enumerable.Range(0, groups[g].Group.Answers.Length)
            select new TokenMap(
                groups[g].Pair,
                groups[g].Prompt,
                NameOf(groups[g].Group, a),
                [.. groups[g].Texts[a].Select((text, t) => new TokenMap.Token(text, before[g][a][t], after[g][a][t]))]
            ),
        ];

        double[][][] Scored(LanguageModel model) =>
            [
                .. groups.Select(g =>
                {
                    cancel.ThrowIfCancellationRequested();
                    return TokenLogProbs.Of(model, g.Group);
                }),
            ];
    }

    private static string NameOf(TokenizedGroup group, int answer) =>
        group.Answers.Length > 2 ? $"answer {answer + 1}"
        : group.WeightOf(answer) > 0 ? "chosen"
        : "rejected";
}
