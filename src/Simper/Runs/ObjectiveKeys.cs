using System.Globalization;
using Simper.Objectives;

namespace Simper.Runs;

/// <summary>The recipe keys that choose an objective and set its hyperparameters.</summary>
public static class ObjectiveKeys
{
    private const string Group = "Objective";
    private const int MostNames = 4;

    /// <summary>The keys, each with the objectives that have it and its meaning for them.</summary>
    public static IReadOnlyList<RecipeKey> Of(ObjectiveCatalog catalog)
    {
        var keys = new List<RecipeKey>
        {
            new(
                "loss_type",
                "the objective, or a list of them to be added; their hyperparameters are keys as well (docs/objectives.md)",
                RecipeKeyKind.Choice
            )
            {
                Group = Group,
                Default = catalog.Usual,
                Choices =
                [
                    .. catalog
                        .Kinds.SelectMany(k =>
                            k.Aliases.Concat(k.NamedVariants.Select(v => v.Name)).Concat(k.CpoTrainerNames).Prepend(k.Name)
                        )
                        .Distinct(),
                ],
                MayBeList = true,
            },
            new("loss_weights", "the weights of a list of objectives; 1 each", RecipeKeyKind.Number)
            {
                Group = Group,
                MayBeList = true,
                Range = (-1e6, 1e6),
            },
        };
        foreach (
            IGrouping<string, (ObjectiveKind Kind, Hyperparameter Key)> same in catalog
                .Kinds.SelectMany(k => k.Hyperparameters.Select(h => (Kind: k, Key: h)))
                .GroupBy(x => x.Key.Key)
        )
        {
            keys.Add(Shared(same.Key, [.. same]));
            foreach (HyperparameterRatio ratio in same.Select(x => x.Key.Ratio).OfType<HyperparameterRatio>().Distinct())
                keys.Add(
                    new(ratio.Key, $"{same.Key} as its ratio to {ratio.To}; of {Names(same)}", RecipeKeyKind.Number)
                    {
                        Group = Group,
                        Range = (0, 1e6),
                    }
                );
        }
        return keys;
    }

    private static RecipeKey Shared(string name, (ObjectiveKind Kind, Hyperparameter Key)[] same)
    {
        Hyperparameter first = same[0].Key;
        string meaning = Usual(same, x => x.Key.Meaning);
        string usual = Usual(same, x => Text(x.Key, x.Key.Get(x.Kind.Default)));
        string[] otherwise =
        [
            .. same.Where(x => x.Key.Meaning != meaning).Select(x => $"for {x.Kind.Name} {x.Key.Meaning}"),
            .. same.Select(x => (x.Kind.Name, Value: Text(x.Key, x.Key.Get(x.Kind.Default))))
                .Where(x => x.Value != usual)
                .GroupBy(x => x.Value)
                .Select(g => $"{string.Join(", ", g.Select(x => x.Name))}: {(g.Key.Length > 0 ? g.Key : "empty")}"),
        ];
        return new RecipeKey(
            name,
            $"{(meaning.Length > 0 ? meaning : "a hyperparameter")}; of {Names(same)}"
                + (otherwise.Length > 0 ? $" ({string.Join("; ", otherwise)})" : ""),
            first.Words.Count == 0 ? RecipeKeyKind.Number
                : IsFlag(first) ? RecipeKeyKind.Flag
                : RecipeKeyKind.Choice
        )
        {
            Group = Group,
            Choices = first.Words.Count > 0 && !IsFlag(first) ? first.Words : [],
            Range = first.Words.Count == 0 ? (same.Min(x => x.Key.Low), same.Max(x => x.Key.High)) : null,
            Default = usual,
        };
    }

    private static string Usual<T>(IEnumerable<T> of, Func<T, string> text) => of.GroupBy(text).MaxBy(g => g.Count())!.Key;

    private static bool IsFlag(Hyperparameter key) => key.Words is ["false", "true"];

    private static string Names(IEnumerable<(ObjectiveKind Kind, Hyperparameter Key)> keys)
    {
        string[] names = [.. keys.Select(k => k.Kind.Name)];
        return names.Length <= MostNames
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(MostNames - 1))} and {names.Length - MostNames + 1} others";
    }

    private static string Text(Hyperparameter key, double? value) =>
        value is not { } number ? ""
        : key.Words.Count > 0 ? key.Words[(int)number]
        : number.ToString(CultureInfo.InvariantCulture);
}
