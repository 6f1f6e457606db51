using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Models;
using Simper.Reports;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Training;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab gradients</summary>
internal static class LabGradientsCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var options = new LabRecipe("simper,dpo,simpo(beta=2,simpo_gamma=1)", pairs: 32);
        var output = new LabOutput();
        var steps = new Option<int>("--steps")
        {
            Description = "Train so many steps with each objective, and measure on the way.",
            DefaultValueFactory = _ => 0,
        };
        var every = new Option<int>("--every") { Description = "Steps between two measurements.", DefaultValueFactory = _ => 10 };
        var command = new Command(
            "gradients",
            "How hard objectives pull at chosen and rejected answers: without a model as a table, else on a recipe's "
                + "pairs, down to the weights."
        )
        {
            steps,
            every,
        };
        output.AddTo(command);
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    output.Expect(parsed);
                    if (parsed.GetValue(steps) < 0 || parsed.GetValue(every) < 1)
                        throw new SimperException("--steps has to be at least 0, --every at least 1.");
                    IReadOnlyList<ObjectiveSpec> objectives = options.Objectives(parsed);
                    if (options.Read(parsed) is not { } recipe)
                    {
                        if (parsed.GetValue(steps) > 0)
                            throw new SimperException(
                                "--steps needs a model and pairs: give a recipe, or --model_name_or_path and --dataset_name."
                            );
                        WithoutModel(parsed, console, output, objectives);
                        return 0;
                    }
                    IReadOnlyList<GradientSummary> found;
                    if (parsed.GetValue(steps) is > 0 and var count)
                        ShowCourse(
                            console,
                            found = Course(
                                parsed,
                                console,
                                options,
                                recipe with
                                {
                                    MaxSteps = count,
                                },
                                objectives,
                                parsed.GetValue(every),
                                cancel
                            )
                        );
                    else
                        Show(console, found = Now(parsed, options, recipe, objectives, cancel));
                    output.Write(
                        parsed,
                        console,
                        "gradients",
                        new JsonArray([.. found.Select(f => f.ToJson())]),
                        LabGradientFigures.Of(found)
                    );
                    return 0;
                })
        );
        return command;
    }

    private static void WithoutModel(
        ParseResult parsed,
        IAnsiConsole console,
        LabOutput output,
        IReadOnlyList<ObjectiveSpec> objectives
    )
    {
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"dL / d log π(rejected) of a pair of answers of {CoefficientCurve.Tokens} tokens; mean log-probs of the "
                    + $"chosen answer and of both under the reference: {CoefficientCurve.Fixed}."
            )
        );
        CoefficientCurve[] curves =
        [
            .. objectives.Select(o => CoefficientCurve.Of(o.Text, o.Objective, CoefficientCurve.TableMeans)),
        ];
        Table table = LabOutput.Table(
            0,
            ["mean log-prob of rejected", .. curves.SelectMany(c => (string[])[c.Name, "/ chosen"])]
        );
        for (int i = 0; i < CoefficientCurve.TableMeans.Count; i++)
        {
            table.AddRow([
                string.Create(CultureInfo.InvariantCulture, $"{CoefficientCurve.TableMeans[i]}"),
                .. curves.SelectMany(c =>
                    (string[])
                        [
                            string.Create(CultureInfo.InvariantCulture, $"{c.Points[i].Outcome.RejectedGradient:0.000e-0}"),
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{Math.Abs(c.Points[i].Outcome.RejectedGradient / c.Points[i].Outcome.ChosenGradient):G3}"
                            ),
                        ]
                ),
            ]);
        }
        console.WriteTable(table);
        foreach (CoefficientCurve curve in curves.Where(c => c.FormulaDistance is not null))
            console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{curve.Name}: formula and autograd differ by {curve.FormulaDistance:G2} of the coefficient at most."
                )
            );
        JsonArray json =
        [
            .. curves.Select(c => new JsonObject
            {
                ["objective"] = c.Name,
                ["points"] = new JsonArray([
                    .. c.Points.Select(p => new JsonObject
                    {
                        ["rejected_mean_log_prob"] = p.Pair.RejectedMean,
                        ["chosen_coefficient"] = JsonNumber.Of(p.Outcome.ChosenGradient),
                        ["rejected_coefficient"] = JsonNumber.Of(p.Outcome.RejectedGradient),
                    }),
                ]),
            }),
        ];
        output.Write(parsed, console, "gradients", json, ("gradients", LabGradientFigures.Of(objectives)));
    }

    private static IReadOnlyList<GradientSummary> Now(
        ParseResult parsed,
        LabRecipe options,
        Recipe recipe,
        IReadOnlyList<ObjectiveSpec> objectives,
        CancellationToken cancel
    )
    {
        var run = new TrainingRun(recipe);
        using LanguageModel model = run.OpenModel();
        IReadOnlyList<TokenizedGroup> pairs = options.Sample(parsed, recipe, run.Tokenize(run.OpenData().Train, model));
        ReferenceScores? reference = options.Reference(parsed, model, pairs, cancel);
        using var probe = new GradientProbe(model);
        IReadOnlyList<PairDirections> directions = probe.Measure(pairs, reference, cancel: cancel);
        return
        [
            .. objectives.Select(o => new GradientSummary(
                o.Text,
                0,
                [.. directions.Select(d => PairGradient.Of(o.Objective, d))]
            )),
        ];
    }

    // Each objective trains a model of its own, from the same weights, with the same pairs in the same order.
    private static List<GradientSummary> Course(
        ParseResult parsed,
        IAnsiConsole console,
        LabRecipe options,
        Recipe recipe,
        IReadOnlyList<ObjectiveSpec> objectives,
        int every,
        CancellationToken cancel
    )
    {
        var found = new List<GradientSummary>();
        foreach (ObjectiveSpec objective in objectives)
        {
            var run = new TrainingRun(recipe with { Objective = objective.Objective });
            using LanguageModel model = run.OpenModel();
            TokenizedDataset train = run.Tokenize(run.OpenData().Train, model);
            IReadOnlyList<TokenizedGroup> pairs = options.Sample(parsed, recipe, train);
            MemoryPlan plan = run.Plan(model, train);
            Trainer trainer = run.MakeTrainer(model, train, references: null, plan);
            if (objective.Objective.NeedsReference)
            {
                IReadOnlyList<TokenizedGroup> seen =
                [
                    .. pairs,
                    .. Enumerable.Range(0, trainer.TotalSteps).SelectMany(trainer.GroupsOf),
                ];
                trainer = run.MakeTrainer(
                    model,
                    train,
                    options.Reference(parsed, model, seen, cancel) ?? ReferenceScores.Of(model, seen, cancel: cancel),
                    plan
                );
            }
            foreach (GradientSummary summary in GradientCourse.Run(objective.Text, model, trainer, pairs, every, cancel))
            {
                console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{objective.Text}: measured after {summary.Step} of {trainer.TotalSteps} steps"
                    )
                );
                found.Add(summary);
            }
        }
        cancel.ThrowIfCancellationRequested();
        return found;
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<GradientSummary> found)
    {
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{found[0].Pairs.Count} pairs, each as a step of its own; mean and 95 % interval"
            )
        );
        Table table = LabOutput.Table(1, ["", .. found.Select(f => f.Name)]);
        foreach ((string name, string key, _, _) in GradientSummary.Figures)
            table.AddRow([
                Markup.Escape(name),
                .. found.Select(f =>
                    Markup.Escape(
                        f.MeanOf(key) is var (mean, interval)
                            ? string.Create(CultureInfo.InvariantCulture, $"{mean:G3} [{interval.Low:G3}, {interval.High:G3}]")
                            : "-"
                    )
                ),
            ]);
        console.WriteTable(table);
    }

    private static void ShowCourse(IAnsiConsole console, IReadOnlyList<GradientSummary> found)
    {
        console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{found[0].Pairs.Count} pairs, each as a step of its own; means")
        );
        Table table = LabOutput.Table(1, ["", "steps", .. Columns.Select(c => c.Title)]);
        foreach (GradientSummary summary in found)
            table.AddRow([
                Markup.Escape(summary.Name),
                string.Create(CultureInfo.InvariantCulture, $"{summary.Step}"),
                .. Columns.Select(c =>
                    summary.MeanOf(c.Key) is var (mean, _) ? string.Create(CultureInfo.InvariantCulture, $"{mean:G3}") : "-"
                ),
            ]);
        console.WriteTable(table);
    }

    private static readonly (string Title, string Key)[] Columns =
    [
        ("chosen coefficient", "chosen_coefficient"),
        ("rejected", "rejected_coefficient"),
        ("rejected / chosen", "ratio"),
        ("chosen norm", "chosen_norm"),
        ("rejected", "rejected_norm"),
        ("cosine", "cosine"),
        ("whole", "norm"),
        ("chosen mean log-prob", "chosen_mean_log_prob"),
        ("rejected", "rejected_mean_log_prob"),
    ];
}
