using System.CommandLine;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper schema</summary>
internal static class SchemaCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "schema",
            "Print the JSON Schema of recipes, by which editors complete and check them: simper schema > recipe.schema.json, and "
                + "\"# yaml-language-server: $schema=recipe.schema.json\" as the first line of a recipe."
        );
        command.SetAction(_ =>
        {
            console.Profile.Out.Writer.Write(ReadableJson.Indented(RecipeSchema.Of()));
            console.Profile.Out.Writer.Flush();
            return 0;
        });
        return command;
    }
}
