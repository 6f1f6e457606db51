using System.CommandLine;
using System.Text.Json.Nodes;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper evaluate</summary>
internal static class EvaluateCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "evaluate",
            "Score the pairs of a file: --model_name_or_path M --dataset_name FILE --output_dir O. Writes the figures "
                + "that a run writes, as O/summary.json. (To run benchmarks: simper eval.)"
        );
        RecipeWords.AddTo(command, "Keys of a recipe: --max_length 2048, --loss_type dpo, ...");
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    if (RecipeWords.Words(parsed).Any(w => w.Split('=')[0] == "--tasks"))
                        throw new SimperException(
                            "simper evaluate scores preference pairs (--dataset_name); benchmarks are run by simper eval MODEL "
                                + "--tasks NAMES."
                        );
                    var notes = new List<string>();
                    Recipe recipe = RecipeWords.Read(parsed, notes);
                    foreach (string note in notes)
                        console.WriteLine(note);
                    JsonObject figures = ErrorNotes.Folder(
                        recipe.OutputDir,
                        () => Show(new EvaluationRun(recipe).Events(cancel), console)
                    );
                    foreach ((string name, JsonNode? value) in figures)
                        console.WriteLine($"{name}: {value?.ToJsonString() ?? "-"}");
                    return 0;
                })
        );
        return command;
    }

    private static JsonObject Show(IEnumerable<RunEvent> events, IAnsiConsole console)
    {
        JsonObject? figures = null;
        foreach (RunEvent happened in events)
        {
            if (happened is RunEvent.Message message)
                console.WriteLine(message.Text);
            if (happened is RunEvent.Judged judged)
                figures = judged.Figures;
        }
        return figures!;
    }
}
