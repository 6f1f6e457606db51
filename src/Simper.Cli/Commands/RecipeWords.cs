using System.CommandLine;
using System.CommandLine.Parsing;
using Simper.Runs;

namespace Simper.Cli.Commands;

/// <summary>Reads the words of a command as a recipe: at most one file, and "--key value" or "--key=value".</summary>
internal static class RecipeWords
{
    /// <summary>
    /// Lets a command take a recipe's words, a file and the keys as options, which
    /// <see cref="Read(ParseResult, ICollection{string})"/> then reads. After the command's own options.
    /// </summary>
    public static void AddTo(Command command, string description)
    {
        command.TreatUnmatchedTokensAsErrors = false; // keys of other tools, and aliases
        command.Arguments.Add(
            new Argument<string[]>("words")
            {
                HelpName = "[RECIPE] [--KEY VALUE ...]",
                Description = description,
                Arity = ArgumentArity.ZeroOrMore,
            }
        );
        RecipeOption.AddTo(command);
    }

    /// <summary>A command's own options: those that are not recipe keys.</summary>
    public static IEnumerable<Option> OwnOptions(Command command) =>
        command.Options.Where(o => o is not RecipeOption && !o.Hidden);

    /// <summary>Whether a command takes a recipe's words.</summary>
    public static bool AreTakenBy(Command command) => command.Arguments.Any(a => a.Name == "words");

    /// <summary>The recipe of a command line.</summary>
    /// <param name="parsed">The parse result.</param>
    /// <param name="notes">Receives keys that are accepted without effect.</param>
    public static Recipe Read(ParseResult parsed, ICollection<string> notes)
    {
        (string? file, List<(string Key, string)> overrides) = Read(Words(parsed));
        ExpectNoSlip(parsed, overrides.Select(o => o.Key));
        return Recipe.Read(file, overrides, notes);
    }

    /// <summary>The recipe file named on a command line, or null.</summary>
    public static string? FileOf(ParseResult parsed) => Read(Words(parsed)).File;

    /// <summary>Checks whether a word that is not a key was meant as an option of the command.</summary>
    /// <exception cref="SimperException">It is.</exception>
    public static void ExpectNoSlip(ParseResult parsed, IEnumerable<string> keys)
    {
        string[] options = [.. OwnOptions(parsed.CommandResult.Command).Select(o => o.Name)];
        foreach (string key in keys.Where(k => !KeyNames.IsKnown(k)))
        {
            if (NearestName.Of(key, options.Concat(KeyNames.All)) is { } meant && options.Contains(meant))
                throw new SimperException(
                    $"--{key} is no option of {UsageError.NameOf(parsed.CommandResult)}; did you mean {meant}?"
                );
        }
    }

    /// <summary>
    /// The words in the order they were typed, without the command's name and its own options: the parser separates known words
    /// from unknown ones.
    /// </summary>
    /// <param name="parsed">The parse result.</param>
    /// <param name="withOwn">Whether the command's own options are kept.</param>
    public static List<string> Words(ParseResult parsed, bool withOwn = false)
    {
        HashSet<string> keys =
        [
            .. parsed.CommandResult.Command.Options.Where(o => withOwn || o is RecipeOption).Select(o => o.Name),
        ];
        var words = new List<string>();
        bool isValue = false; // of an own option, each of which takes one
        foreach (Token token in parsed.Tokens)
        {
            bool isOwn = token.Type == TokenType.Option && !keys.Contains(token.Value);
            if (!isOwn && !isValue && token.Type is TokenType.Option or TokenType.Argument)
                words.Add(token.Value);
            isValue = isOwn;
        }
        return words;
    }

    internal static (string? File, List<(string Key, string Value)> Overrides) Read(IReadOnlyList<string> words)
    {
        string? file = null;
        var overrides = new List<(string, string)>();
        for (int i = 0; i < words.Count; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal))
            {
                file = file is null
                    ? words[i]
                    : throw new SimperException(
                        $"\"{words[i]}\" is not understood: {file} is the recipe already, and keys are given as --key value."
                    );
                continue;
            }
            string[] parts = words[i][2..].Split('=', 2);
            if (parts.Length == 2)
                overrides.Add((parts[0], parts[1]));
            else if (i + 1 < words.Count && !words[i + 1].StartsWith("--", StringComparison.Ordinal))
                overrides.Add((parts[0], words[++i]));
            else if (KeyNames.NeedsValue(parts[0]))
                throw new SimperException($"--{parts[0]} needs a value.");
            else
                overrides.Add((parts[0], "true")); // a switch
        }
        return (file, overrides);
    }
}
