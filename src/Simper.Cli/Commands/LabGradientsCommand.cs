using System.CommandLine;
using System.Globalization;
using Simper.Analysis;
using Simper.Experiments;
using Simper.Runs;
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
                    using AnalysisFolder? folder = output.Take(parsed);
                    if (parsed.GetValue(steps) < 0 || parsed.GetValue(every) < 1)
                        throw new SimperException("--steps has to be at least 0, --every at least 1.");
                    IReadOnlyList<ObjectiveSpec> objectives = options.Objectives(parsed);
                    if (options.Read(parsed) is not { } recipe)
                    {
                        if (parsed.GetValue(steps) > 0)
                            throw new SimperException(
                                "--steps needs a model and pairs: give a recipe, or --model_name_or_path and --dataset_name."
                            );
                        WithoutModel(console, folder, objectives);
                        return 0;
                    }
                    var study = new GradientStudy(recipe, objectives, options.Sample(parsed))
                    {
                        Steps = parsed.GetValue(steps),
                        Every = parsed.GetValue(every),
                    };
                    foreach (string line in study.Events(cancel))
                        console.WriteLine(line);
                    if (study.Steps > 0)
                        ShowCourse(console, study.Found);
                    else
                        Show(console, study.Found);
                    if (folder is not null)
                        LabOutput.Say(console, folder.Write("gradients", study.ToJson(), study.Figures()));
                    return 0;
                })
        );
        return command;
    }

    private static void WithoutModel(IAnsiConsole console, AnalysisFolder? folder, IReadOnlyList<ObjectiveSpec> objectives)
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
        if (folder is not null)
            LabOutput.Say(
                console,
                folder.Write("gradients", GradientStudy.ToJson(curves), ("gradients", GradientFigures.Of(objectives)))
            );
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
