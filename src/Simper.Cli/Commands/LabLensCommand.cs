using System.CommandLine;
using System.Globalization;
using Simper.Analysis;
using Simper.Experiments;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab lens</summary>
internal static class LabLensCommand
{
    // Length of a text shown on one line.
    private const int ShownCharacters = 240;

    public static Command Make(IAnsiConsole console)
    {
        var options = new LabRecipe("simper,simpo,dpo,ipo,cpo,orpo", pairs: 256);
        var output = new LabOutput();
        var shown = new Option<int>("--show")
        {
            Description = "How many pairs to show of those on which the objectives disagree most.",
            DefaultValueFactory = _ => 3,
        };
        var command = new Command(
            "lens",
            "A recipe's pairs through the eyes of several objectives: which pairs each would push, and where they disagree."
        )
        {
            shown,
        };
        output.AddTo(command);
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    using AnalysisFolder? folder = output.Take(parsed);
                    IReadOnlyList<ObjectiveSpec> objectives = options.Objectives(parsed);
                    Recipe recipe =
                        options.Read(parsed)
                        ?? throw new SimperException(
                            "model_name_or_path is missing; give a recipe, or --model_name_or_path and --dataset_name."
                        );
                    LensStudy study = LensStudy.Run(recipe, objectives, options.Sample(parsed), cancel);
                    PreferenceLens lens = study.Lens;
                    console.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{lens.Pairs.Count:N0} pairs: how hard each objective would push them, 1 on the average"
                        )
                    );
                    ShowDistributions(console, lens);
                    if (study.IsOwnReference)
                        console.WriteLine(
                            "The policy is its own reference here, as before the first step of training: objectives "
                                + "that see sums of log-ratios alone push all pairs alike. Name another model by --reference."
                        );
                    ShowCorrelations(console, lens);
                    ShowDisagreements(console, study, parsed.GetValue(shown));
                    if (folder is not null)
                    {
                        LabOutput.Say(console, folder.Write("lens", lens.ToJson(), study.Figures()));
                        LabOutput.Say(console, folder.Write("lens", lens.Rows()));
                    }
                    return 0;
                })
        );
        return command;
    }

    private static void ShowDistributions(IAnsiConsole console, PreferenceLens lens)
    {
        Table table = LabOutput.Table(
            1,
            "",
            "least",
            "tenth",
            "median",
            "nine tenths",
            "most",
            "hardest tenth's share",
            "effective pairs"
        );
        foreach (LensColumn column in lens.Columns)
        {
            table.AddRow([
                Markup.Escape(column.Name),
                .. ((double[])[0, 0.1, 0.5, 0.9, 1]).Select(q =>
                    string.Create(CultureInfo.InvariantCulture, $"{column.Quantile(q):G3}")
                ),
                string.Create(CultureInfo.InvariantCulture, $"{column.TopTenthShare:P0}"),
                column.IsConstant ? "all alike" : string.Create(CultureInfo.InvariantCulture, $"{column.EffectiveShare:P0}"),
            ]);
        }
        console.WriteTable(table);
    }

    private static void ShowCorrelations(IAnsiConsole console, PreferenceLens lens)
    {
        console.WriteLine();
        console.WriteLine("Rank correlation (Spearman) of the pushes; - where one of the two pushes all pairs alike:");
        Table table = LabOutput.Table(1, ["", .. lens.Columns.Select(c => c.Name)]);
        foreach (LensColumn column in lens.Columns)
            table.AddRow([
                Markup.Escape(column.Name),
                .. lens.Columns.Select(other =>
                    column.RankCorrelation(other) is { } r ? string.Create(CultureInfo.InvariantCulture, $"{r:F2}") : "-"
                ),
            ]);
        console.WriteTable(table);
    }

    private static void ShowDisagreements(IAnsiConsole console, LensStudy study, int count)
    {
        PreferenceLens lens = study.Lens;
        foreach ((int index, PreferenceGroup group) in study.Disagreements(count))
        {
            PairLogProbs pair = lens.Pairs[index];
            console.WriteLine();
            IEnumerable<string> weights = lens.Columns.Select(c =>
                string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Weights[index]:G3}")
            );
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"row {pair.Row}: {string.Join(", ", weights)}"));
            console.WriteLine($"  prompt    {Shown(group.Prompt)}");
            console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  chosen    ({pair.ChosenMean:F2}, {pair.ChosenTokens} tokens) {Shown(group.Answers[0])}"
                )
            );
            console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  rejected  ({pair.RejectedMean:F2}, {pair.RejectedTokens} tokens) {Shown(group.Answers[1])}"
                )
            );
        }
    }

    // The end of a prompt is what is answered, the beginning of an answer is what it says.
    private static string Shown(IReadOnlyList<ChatMessage> messages)
    {
        string text = string.Join(
            ' ',
            (messages.Count == 0 ? "" : messages[^1].Content).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
        return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "...";
    }
}
