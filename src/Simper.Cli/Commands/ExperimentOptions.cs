using System.CommandLine;
using Simper.Experiments;
using Simper.Runs;

namespace Simper.Cli.Commands;

/// <summary>
/// The words of commands that run several trainings: a recipe and its keys, and the command's own options in the same syntax.
/// Options are declared for the help; they are read with the recipe's words, so that order and spelling are free.
/// </summary>
internal sealed class ExperimentOptions
{
    private static readonly Option[] Shared =
    [
        Of(
            "--every",
            "Steps between two measurements; start and end are always measured. Default: an eighth of the run "
                + "(dynamics: a sixteenth)."
        ),
        Of("--eval_pairs", "At most so many held-out pairs, drawn by chance; 0 takes all. Default: 256."),
        Of("--train_pairs", "So many pairs of the training data are measured too; 0 none. Default: 64."),
    ];

    private readonly Dictionary<string, string> _own = [];

    private ExperimentOptions(Recipe recipe) => Recipe = recipe;

    /// <summary>The recipe, with the experiment's folder as its output_dir.</summary>
    public Recipe Recipe { get; private init; }

    /// <summary>Whether a key was on the command line.</summary>
    public bool HasRecipeKey(string key) => RecipeKeysGiven.Contains(key);

    private IReadOnlySet<string> RecipeKeysGiven { get; init; } = new HashSet<string>();

    /// <summary>An option for the help.</summary>
    public static Option<string?> Of(string name, string description) =>
        new(name) { HelpName = "VALUE", Description = description };

    /// <summary>Declares the command's own options and those common to all experiments.</summary>
    public static void AddTo(Command command, params ReadOnlySpan<Option> own)
    {
        foreach (Option option in (Option[])[.. own, .. Shared])
            command.Options.Add(option);
        RecipeWords.AddTo(
            command,
            "A recipe file, and keys of it: recipe.yaml --max_steps 100 ... The folder is --output_dir, without it the recipe's "
                + $"with -{command.Name} behind its name, or {FolderOf(null, command.Name)}; the same command goes on in it "
                + "where it was broken off."
        );
    }

    /// <summary>Reads a command line.</summary>
    /// <param name="parsed">The parse result.</param>
    /// <param name="command">The command with its parents: "lab dynamics" is two words.</param>
    /// <param name="notes">Receives keys that are accepted without effect.</param>
    public static ExperimentOptions Read(ParseResult parsed, string command, ICollection<string> notes)
    {
        (string? file, List<(string Key, string Value)> words) = RecipeWords.Read(RecipeWords.Words(parsed, withOwn: true));
        HashSet<string> names = [.. RecipeWords.OwnOptions(parsed.CommandResult.Command).Select(o => o.Name.TrimStart('-'))];
        bool IsOwn(string key) => names.Contains(key.Replace('-', '_'));
        RecipeWords.ExpectNoSlip(parsed, words.Where(w => !IsOwn(w.Key)).Select(w => w.Key));
        Recipe recipe = Recipe.Read(file, words.Where(w => !IsOwn(w.Key)), notes);
        HashSet<string> given = [.. words.Where(w => !IsOwn(w.Key)).Select(w => RecipeKeys.Canonical(w.Key))];
        // The recipe's own folder belongs to its run.
        if (!given.Contains("output_dir"))
            recipe = recipe with { OutputDir = FolderOf(recipe.OutputDir, command.Split(' ')[^1]) };
        var options = new ExperimentOptions(recipe) { RecipeKeysGiven = given };
        foreach ((string key, string value) in words.Where(w => IsOwn(w.Key)))
        {
            if (!options._own.TryAdd(key.Replace('-', '_'), value))
                throw new SimperException($"--{key} is given twice.");
        }
        return options;
    }

    private static string FolderOf(string? ofRecipe, string command)
    {
        string folder = ofRecipe is { Length: > 0 } ? ofRecipe : Path.Combine("runs", "experiment");
        return $"{Path.TrimEndingDirectorySeparator(folder)}-{command}";
    }

    /// <summary>The value of an own option; null if it is not given.</summary>
    public string? Text(string name) => _own.GetValueOrDefault(name);

    /// <summary>An integer.</summary>
    public int Count(string name, int usual, int lowest) =>
        _own.TryGetValue(name, out string? value) ? Value(name, value).Count(lowest) : usual;

    /// <summary>A number.</summary>
    public double Number(string name, double usual, double lowest, double highest) =>
        _own.TryGetValue(name, out string? value) ? Value(name, value).Number(lowest, highest) : usual;

    /// <summary>Integers, separated by commas, without duplicates.</summary>
    public IReadOnlyList<long> Seeds(string name, long usual)
    {
        if (!_own.TryGetValue(name, out string? value))
            return [usual];
        long[] seeds = [.. value.Split(',').Select(word => Value(name, word.Trim()).Whole(0, long.MaxValue))];
        return seeds.Distinct().Count() == seeds.Length ? seeds : throw new SimperException($"--{name}: a seed is given twice.");
    }

    /// <summary>One of a few words.</summary>
    public T Choice<T>(string name, T usual, params ReadOnlySpan<(string Name, T Value)> choices) =>
        _own.TryGetValue(name, out string? value) ? Value(name, value).Choice(choices) : usual;

    /// <summary>What is measured.</summary>
    public ExperimentSettings Settings() =>
        new()
        {
            Every = Count("every", 0, 1),
            HeldOutPairs = Count("eval_pairs", 256, 0),
            TrainPairs = Count("train_pairs", 64, 0),
        };

    private static RecipeValue Value(string name, string value) => RecipeValue.OfOption(name, value);
}
