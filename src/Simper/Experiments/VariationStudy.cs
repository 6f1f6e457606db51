using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Models;
using Simper.Reports;
using Simper.Runs;
using Simper.Text.Preferences;

namespace Simper.Experiments;

/// <summary>
/// SimPER's bound on a model's answers, beside the total variation distance that it bounds; and bounds of the distance between
/// two models over whole answers. Immutable.
/// </summary>
public sealed class VariationStudy
{
    private VariationStudy(IReadOnlyList<VariationSide> sides, IReadOnlyList<(int Row, SequenceVariation Found)> sequences) =>
        (Sides, Sequences) = (sides, sequences);

    /// <summary>Chosen and rejected answers.</summary>
    public IReadOnlyList<VariationSide> Sides { get; }

    /// <summary>The distance between the two models, prompt by prompt. Empty where it was not requested.</summary>
    public IReadOnlyList<(int Row, SequenceVariation Found)> Sequences { get; }

    /// <summary>Answers that were measured, those under the other model included.</summary>
    public int Answers => Sides.Sum(s => s.Answers.Count * (s.Before is null ? 1 : 2));

    /// <summary>Answers for which the bound does not hold.</summary>
    public int Violations => Sides.Sum(s => s.Violations);

    /// <summary>Measures.</summary>
    /// <param name="subject">Whose answers.</param>
    /// <param name="search">For how many prompts, and how far, whole answers are enumerated; null for none.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="SimperException">Something that was named is missing, or the models' tokens differ.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static VariationStudy Run(VariationSubject subject, SequenceSearch? search = null, CancellationToken cancel = default)
    {
        using var setup = new RunSetup(subject.Recipe) { ForScoring = true, Cancel = cancel };
        PreferenceDataset rows = subject.HeldOut ? setup.Rows.HeldOut! : setup.Rows.Train;
        LanguageModel model = setup.Policy;
        using LanguageModel? compared = subject.ComparedPath is { } path ? Compared(RunFolder.ModelOf(path), setup) : null;
        TokenizedDataset groups = subject.HeldOut ? setup.HeldOutTokens! : setup.TrainTokens;
        if (groups.Count == 0)
            throw new SimperException($"{rows.Path}: none of its rows can be scored.");
        IReadOnlyList<AnswerVariation> Measure(LanguageModel measured) =>
            AnswerVariation.Measure(measured, groups, setup.TokensPerScoringPassOf(measured, groups), cancel: cancel);
        IReadOnlyList<AnswerVariation>? before = compared is null ? null : Measure(compared);
        IReadOnlyList<VariationSide> sides = VariationSide.Of(Measure(model), before);
        return new VariationStudy(
            sides,
            search is null || compared is null ? [] : Between(model, compared, groups, search, cancel)
        );
    }

    /// <summary>As in tvd.json, apart from <see cref="Example"/>.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = Example();
        foreach (VariationSide side in Sides)
            json[side.Name] = side.ToJson();
        if (Sequences.Count > 0)
            json["sequences"] = new JsonArray([
                .. Sequences.Select(s => new JsonObject
                {
                    ["row"] = s.Row,
                    ["low"] = s.Found.Low,
                    ["high"] = s.Found.High,
                    ["answers"] = s.Found.Answers,
                    ["beginnings"] = s.Found.Beginnings,
                }),
            ]);
        return json;
    }

    /// <summary>The example in which SimPER's surrogate and the distance diverge, as in tvd.json.</summary>
    public static JsonObject Example() =>
        new()
        {
            ["example"] = new JsonArray([
                .. SurrogateExample.All.Select(e => new JsonObject
                {
                    ["policy"] = e.Policy,
                    ["surrogate"] = e.Surrogate,
                    ["total_variation"] = e.Distance,
                    ["forward_kl"] = JsonNumber.Of(e.ForwardKl),
                }),
            ]),
            ["conclusion"] = SurrogateExample.Conclusion,
        };

    /// <summary>The plot.</summary>
    public Figure Figure() =>
        new()
        {
            Title = "SimPER's bound and what it bounds, answer by answer",
            XLabel = "mean over tokens of the total variation distance",
            YLabel = "SimPER's bound, 1 - exp(mean log-prob)",
            Height = 480,
            Curves =
            [
                new Curve("equal", [0, 1], [0, 1]) { Colour = 6, Dashed = true },
                .. Sides.Select(
                    (s, i) =>
                        new Curve(s.Name, [.. s.Answers.Select(a => a.MeanOfTokens)], [.. s.Answers.Select(a => a.Bound)])
                        {
                            Colour = i,
                            Points = true,
                            Line = false,
                        }
                ),
            ],
        };

    private static LanguageModel Compared(string path, RunSetup setup)
    {
        LanguageModel compared = LanguageModel.Load(
            path,
            setup.Policy.Precision,
            trainable: false,
            frozen: setup.Recipe.Frozen,
            cancel: setup.Cancel
        );
        int tokens = compared.Shape.Vocabulary;
        if (tokens == setup.Policy.Shape.Vocabulary)
            return compared;
        compared.Dispose();
        throw new SimperException(
            $"{path} has {tokens} tokens and {RunFolder.ModelOf(setup.Recipe.ModelNameOrPath)} "
                + $"{setup.Policy.Shape.Vocabulary}; models are compared on the same tokens."
        );
    }

    private static List<(int, SequenceVariation)> Between(
        LanguageModel model,
        LanguageModel compared,
        IEnumerable<TokenizedGroup> groups,
        SequenceSearch search,
        CancellationToken cancel
    )
    {
        HashSet<int> ends = [.. model.Files.StopIds];
        var found = new List<(int, SequenceVariation)>();
        foreach (TokenizedGroup group in groups.Take(search.Prompts).Where(g => g.Prompt.Length > 0))
        {
            using ModelDistribution first = new(compared, group.Prompt, search.Tokens);
            using ModelDistribution second = new(model, group.Prompt, search.Tokens);
            found.Add(
                (group.Row, SequenceVariation.Between(first.Next, second.Next, ends, search.Tokens, search.LeastMass, cancel))
            );
        }
        return found;
    }
}
