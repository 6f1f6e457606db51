using System.CommandLine;
using Simper.Objectives;
using Simper.Runs;

namespace Simper.Cli.Commands;

/// <summary>
/// A recipe key as an option, for help and completion. Its value is read with the other words of the line
/// (<see cref="RecipeWords"/>), by the rules of recipes.
/// </summary>
internal sealed class RecipeOption : Option<string[]>
{
    public RecipeOption(RecipeKey key)
        : base("--" + key.Name)
    {
        Key = key;
        Description = Meaning(key);
        HelpName = Value(key);
        Arity = ArgumentArity.ZeroOrMore; // a switch has no value, and duplicates are resolved later
        string[] words = key.Kind == RecipeKeyKind.Flag ? ["true", "false"] : [.. key.Choices];
        if (words.Length > 0)
            CompletionSources.Add(words);
    }

    /// <summary>The key.</summary>
    public RecipeKey Key { get; }

    /// <summary>Declares all keys, those of objectives first.</summary>
    public static void AddTo(Command command)
    {
        HashSet<string> own = [.. command.Options.Select(o => o.Name)];
        foreach (RecipeKey key in ObjectiveKeys.Of(ObjectiveCatalog.Standard).Concat(RecipeKeys.All))
        {
            if (!own.Contains("--" + key.Name))
                command.Options.Add(new RecipeOption(key));
        }
    }

    private static string Meaning(RecipeKey key) =>
        key.Default.Length > 0 ? $"{key.Meaning}; default: {key.Default}" : key.Meaning;

    private static string Value(RecipeKey key) =>
        key.Kind switch
        {
            RecipeKeyKind.Flag => "true|false",
            RecipeKeyKind.Whole => "N",
            RecipeKeyKind.Number => "X",
            RecipeKeyKind.Bytes => "SIZE",
            RecipeKeyKind.Map => "JSON",
            RecipeKeyKind.Choice => "WORD",
            _ when key.Name.EndsWith("_dir", StringComparison.Ordinal) => "DIR",
            _ when key.Name.EndsWith("_name", StringComparison.Ordinal) => "FILE",
            _ => "PATH",
        };
}
