using System.CommandLine;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab dynamics</summary>
internal static class LabDynamicsCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "dynamics",
            "Figure 3: log-probs of chosen and rejected answers while several objectives train from the same start; and "
                + "who pays less for the same margin."
        );
        ExperimentOptions.AddTo(
            command,
            ExperimentOptions.Of(
                "--objectives",
                "Separated by commas; the claim is made of the first: simper@5e-5,dpo(beta=0.05)@1e-5,simpo, where "
                    + "rates behind @ are for that one alone. Default: simper,dpo,simpo."
            ),
            ExperimentOptions.Of(
                "--learning_rates",
                "Peak rates to try for every objective; each is then taken at the one that is kindest to it. Default: "
                    + "the recipe's."
            )
        );
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    var notes = new List<string>();
                    ExperimentOptions options = ExperimentOptions.Read(parsed, "lab dynamics", notes);
                    foreach (string note in notes)
                        console.WriteLine(note);
                    var study = new DynamicsStudy(
                        options.Recipe,
                        ObjectiveArms.ParseList(
                            options.Text("objectives") ?? "simper,dpo,simpo",
                            options.Text("learning_rates"),
                            options.Recipe
                        ),
                        options.Settings() with
                        {
                            Points = 16,
                        }
                    );
                    if (!new ExperimentDisplay(console).Show(study.Events(cancel), options.Recipe.OutputDir))
                        return CommandLine.Interrupted;
                    foreach (
                        MatchedObjectives matched in (IEnumerable<MatchedObjectives>)
                            [.. study.Found, .. study.TwoByTwo.Where(t => t.Margin > study.Found[0].Margin)]
                    )
                        ExperimentTables.Show(console, matched);
                    foreach (string claim in study.Claims())
                        console.WriteLine(claim);
                    console.WriteLine(
                        $"the figures: {Path.Combine(options.Recipe.OutputDir, "dynamics.json")}, "
                            + $"{Path.Combine(options.Recipe.OutputDir, "plots")}"
                    );
                    return 0;
                })
        );
        return command;
    }
}
