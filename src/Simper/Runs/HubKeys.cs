using Simper.Text.Hub;

namespace Simper.Runs;

/// <summary>
/// Keys of TRL that say which revision of a model, and which part of a data set, is meant of a name on the hub. Of a local path
/// they mean what <see cref="ForeignKeyTable"/> says.
/// </summary>
internal static class HubKeys
{
    private const string ModelRevision = "model_revision";
    private const string Configuration = "dataset_config";
    private const string TrainSplit = "dataset_train_split";
    private const string TestSplit = "dataset_test_split";

    private const string Splits = "dataset_splits";

    private static readonly string[] Names = [ModelRevision, Configuration, TrainSplit, TestSplit, Splits];

    /// <summary>Whether the key says something of a name on the hub, in this recipe.</summary>
    public static bool Owns(RecipeEntry entry, Recipe recipe) =>
        Names.Contains(entry.Name)
        && entry.Value.Length > 0
        && entry.Name switch
        {
            ModelRevision => Model(recipe) is not null,
            Splits => Data(recipe.DatasetName) is not null || recipe.DatasetMixer.Shares.Any(s => Data(s.Path) is not null),
            _ => Data(recipe.DatasetName) is not null,
        };

    /// <summary>The recipe with the key's meaning written into the names.</summary>
    /// <param name="entry">The key.</param>
    /// <param name="given">The keys set in the recipe.</param>
    /// <param name="reading">Receives what has no effect.</param>
    /// <param name="recipe">The recipe with all our keys.</param>
    public static Recipe Read(RecipeEntry entry, ICollection<string> given, RecipeReading reading, Recipe recipe)
    {
        string value = entry.Value;
        switch (entry.Name)
        {
            case ModelRevision when Model(recipe)!.Revision is { } revision && revision != value:
                throw Contradiction(entry, recipe.ModelNameOrPath);
            case ModelRevision:
                return value == HubReference.MainBranch
                    ? recipe
                    : recipe with
                    {
                        ModelNameOrPath = (Model(recipe)! with { Revision = value }).ToString(),
                    };
            case Configuration:
                return recipe with
                {
                    DatasetName = WithPart(recipe.DatasetName),
                    EvalDatasetName =
                        recipe.EvalDatasetName is { } eval && Data(eval)?.Id == Data(recipe.DatasetName)!.Id
                            ? WithPart(eval)
                            : recipe.EvalDatasetName,
                };
            case Splits:
                return WithSplits(recipe, new RecipeValue(entry).List(), given);
            case TrainSplit:
                return recipe with { DatasetName = WithSplit(recipe.DatasetName) };
            default:
                if (recipe.EvalDatasetName is null && !given.Contains("test_split_size"))
                    return recipe with { EvalDatasetName = (Data(recipe.DatasetName)! with { Split = value }).ToString() };
                reading.Idle(entry, "eval_dataset_name or test_split_size says what is held out");
                return recipe;
        }

        string WithPart(string name) =>
            Data(name)!.Part is null ? (Data(name)! with { Part = value == "default" ? null : value }).ToString()
            : Data(name)!.Part == value ? name
            : throw Contradiction(entry, name);
        string WithSplit(string name) =>
            Data(name)!.Split is not { } split || split == value
                ? (Data(name)! with { Split = value }).ToString()
                : throw Contradiction(entry, name);
    }

    // The alignment handbook's: what has "train" in its name is trained on, what has "test" is held out, whole.
    private static Recipe WithSplits(Recipe recipe, IReadOnlyList<string> splits, ICollection<string> given)
    {
        string? train = splits.FirstOrDefault(s => s.Contains("train", StringComparison.Ordinal));
        string? test = splits.FirstOrDefault(s => s.Contains("test", StringComparison.Ordinal));
        bool holdsOut = test is not null && recipe.EvalDataName is null && !given.Contains("test_split_size");
        RecipeMixture mixer = recipe.DatasetMixer;
        return recipe with
        {
            DatasetName = In(recipe.DatasetName, train),
            DatasetMixer = mixer.Select(s => s with { Path = In(s.Path, train) }),
            EvalDatasetName = holdsOut && mixer.IsEmpty ? In(recipe.DatasetName, test) : recipe.EvalDatasetName,
            EvalDatasetMixer = holdsOut
                ? mixer.Select(s => In(s.Path, test) == s.Path ? null : s with { Path = In(s.Path, test), Amount = 1 })
                : recipe.EvalDatasetMixer,
        };
    }

    // A local path, and a name that has a split of its own, stay.
    private static string In(string name, string? split) =>
        split is not null && Data(name) is { Split: null } data ? (data with { Split = split }).ToString() : name;

    private static SimperException Contradiction(RecipeEntry entry, string name) =>
        new($"{entry.Subject} is \"{entry.Value}\", but {name} says something else; remove one of them.");

    private static HubReference? Model(Recipe recipe) => Remote(HubKind.Model, recipe.ModelNameOrPath);

    private static HubReference? Data(string name) => Remote(HubKind.Dataset, name);

    private static HubReference? Remote(HubKind kind, string name) =>
        Path.Exists(name) || !HubName.Is(HubReference.Parse(kind, name)?.Id ?? "") ? null : HubReference.Parse(kind, name);
}
