using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Evaluation;
using Simper.Models;
using Simper.Reports;
using Simper.Text.Preferences;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab tvd</summary>
internal static class LabTvdCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var options = new LabOptions();
        var output = new LabOutput();
        var prompts = new Option<int>("--sequences")
        {
            Description =
                "With two models: bounds of their distance over whole answers, for so many prompts. Slow on large models.",
            DefaultValueFactory = _ => 0,
        };
        var length = new Option<int>("--sequence_tokens")
        {
            Description = "Longest answer that is gone through.",
            DefaultValueFactory = _ => 16,
        };
        var mass = new Option<double>("--least_mass")
        {
            Description = "Beginnings that both models find less likely are not followed.",
            DefaultValueFactory = _ => 0.001,
        };
        var command = new Command(
            "tvd",
            "Total variation: an example where SimPER's surrogate and the distance part ways, and SimPER's bound on a "
                + "model's answers."
        )
        {
            prompts,
            length,
            mass,
        };
        output.AddTo(command);
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    output.Expect(parsed);
                    LabSubject? subject = options.Subject(parsed);
                    if (parsed.GetValue(prompts) > 0 && subject?.ComparedPath is null)
                        throw new SimperException("--sequences needs two models: give --compare.");
                    if (parsed.GetValue(length) < 1 || parsed.GetValue(mass) is not (>= 0 and <= 1))
                        throw new SimperException("--sequence_tokens has to be at least 1, --least_mass between 0 and 1.");
                    JsonObject json = Example(console);
                    if (subject is null)
                    {
                        output.Write(parsed, console, "tvd", json);
                        return 0;
                    }
                    using LanguageModel model = subject.Load();
                    using LanguageModel? compared = subject.ComparedPath is null ? null : subject.LoadCompared(model);
                    TokenizedDataset groups = subject.Tokenize(model);
                    IReadOnlyList<AnswerVariation>? before = compared is null
                        ? null
                        : AnswerVariation.Measure(compared, groups, cancel: cancel);
                    IReadOnlyList<VariationSide> sides = VariationSide.Of(
                        AnswerVariation.Measure(model, groups, cancel: cancel),
                        before
                    );
                    foreach (VariationSide side in sides)
                        json[side.Name] = Show(console, side);
                    int answers = sides.Sum(s => s.Answers.Count * (s.Before is null ? 1 : 2));
                    int violations = sides.Sum(s => s.Violations);
                    console.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"The bound holds for {answers - violations:N0} of {answers:N0} measured answers."
                        )
                    );
                    if (parsed.GetValue(prompts) is > 0 and var count)
                        json["sequences"] = Sequences(
                            console,
                            model,
                            compared!,
                            groups.Take(count),
                            parsed.GetValue(length),
                            parsed.GetValue(mass),
                            cancel
                        );
                    output.Write(parsed, console, "tvd", json, ("tvd", FigureOf(sides)));
                    return 0;
                })
        );
        return command;
    }

    private static JsonObject Example(IAnsiConsole console)
    {
        IEnumerable<string> shares = SurrogateExample.Chosen.Select(p => p.ToString(CultureInfo.InvariantCulture));
        console.WriteLine($"Three answers, chosen with p = ({string.Join(", ", shares)}):");
        Table table = LabOutput.Table(1, "policy", "surrogate 1 - E_p[π]", "total variation", "KL(p ‖ π)");
        foreach (SurrogateExample example in SurrogateExample.All)
            table.AddRow(
                example.Policy,
                string.Create(CultureInfo.InvariantCulture, $"{example.Surrogate:F3}"),
                string.Create(CultureInfo.InvariantCulture, $"{example.Distance:F3}"),
                double.IsInfinity(example.ForwardKl)
                    ? "∞"
                    : string.Create(CultureInfo.InvariantCulture, $"{example.ForwardKl:F3}")
            );
        console.WriteTable(table);
        console.WriteLine(SurrogateExample.Conclusion);
        return new JsonObject
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
    }

    private static JsonObject Show(IAnsiConsole console, VariationSide side)
    {
        console.WriteLine();
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{side.Answers.Count:N0} {side.Name} answers: the distance from saying exactly this answer"
            )
        );
        Table table = side.Before is null
            ? LabOutput.Table(1, "", "mean", "95 % interval")
            : LabOutput.Table(1, "", "compared", "model", "change", "95 % interval", "sign test p", "detectable");
        foreach ((string name, _, Func<AnswerVariation, double> figure) in VariationSide.Figures)
        {
            (double mean, Interval interval) = VariationSide.MeanOf(side.Answers, figure);
            if (side.ChangeOf(figure) is { } change)
            {
                table.AddRow(
                    Markup.Escape(name),
                    Shown.Number(VariationSide.MeanOf(side.Before!, figure).Mean),
                    Shown.Number(mean),
                    Shown.Signed(change.Mean),
                    Between(change.Interval),
                    string.Create(CultureInfo.InvariantCulture, $"{change.PValue:G2}"),
                    Shown.Detectable(change, Shown.Signed)
                );
            }
            else
                table.AddRow(Markup.Escape(name), Shown.Number(mean), Between(interval));
        }
        console.WriteTable(table);
        return side.ToJson();
    }

    private static JsonArray Sequences(
        IAnsiConsole console,
        LanguageModel model,
        LanguageModel compared,
        IEnumerable<TokenizedGroup> groups,
        int length,
        double leastMass,
        CancellationToken cancel
    )
    {
        console.WriteLine();
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Total variation between the two models over whole answers of up to {length} tokens:"
            )
        );
        Table table = LabOutput.Table(0, "row", "at least", "at most", "answers gone through", "beginnings");
        HashSet<int> ends = [.. model.Files.StopIds];
        var json = new JsonArray();
        foreach (TokenizedGroup group in groups.Where(g => g.Prompt.Length > 0))
        {
            using ModelDistribution first = new(compared, group.Prompt, length);
            using ModelDistribution second = new(model, group.Prompt, length);
            SequenceVariation found = SequenceVariation.Between(first.Next, second.Next, ends, length, leastMass, cancel);
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"{group.Row}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.Low:F4}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.High:F4}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.Answers:N0}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.Beginnings:N0}")
            );
            json.Add(
                new JsonObject
                {
                    ["row"] = group.Row,
                    ["low"] = found.Low,
                    ["high"] = found.High,
                    ["answers"] = found.Answers,
                    ["beginnings"] = found.Beginnings,
                }
            );
        }
        console.WriteTable(table);
        return json;
    }

    private static Figure FigureOf(IReadOnlyList<VariationSide> sides) =>
        new()
        {
            Title = "SimPER's bound and what it bounds, answer by answer",
            XLabel = "mean over tokens of the total variation distance",
            YLabel = "SimPER's bound, 1 - exp(mean log-prob)",
            Height = 480,
            Curves =
            [
                new Curve("equal", [0, 1], [0, 1]) { Colour = 6, Dashed = true },
                .. sides.Select(
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

    private static string Between(Interval interval) => Shown.Interval(interval, Shown.Number);
}
