using System.CommandLine;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper train</summary>
internal static class TrainCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "train",
            "Train a model on preference pairs. Every key of a recipe can be given as --key value, and then wins over the file."
        );
        RecipeWords.AddTo(command, "A recipe file, and keys: recipe.yaml --learning_rate 1e-5 ...");
        // On a thread of its own: signals are handled only while the command's task is not the caller's.
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    var notes = new List<string>();
                    Recipe recipe = RecipeWords.Read(parsed, notes);
                    foreach (string note in notes)
                        console.WriteLine(note);
                    RecipePaths.Expect(recipe, RecipeWords.FileOf(parsed));
                    return ErrorNotes.Folder(
                        recipe.OutputDir,
                        () =>
                            RunDisplay.ExitCode(
                                new RunDisplay(console).Show(new TrainingRun(recipe).Events(cancel), recipe.OutputDir)
                            )
                    );
                })
        );
        return command;
    }
}
