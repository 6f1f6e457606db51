using Simper.Objectives;

namespace Simper.Runs;

/// <summary>Which words are recipe keys, for commands that take keys and options on one line.</summary>
public static class KeyNames
{
    private static readonly string[] Ours =
    [
        .. RecipeKeys.All.SelectMany(k => k.Aliases.Prepend(k.Name)),
        .. RecipeObjectives.Keys(ObjectiveCatalog.Standard),
    ];

    private static readonly HashSet<string> Theirs =
    [
        .. ForeignKeyTable.All.Keys,
        .. ForeignTools.Names,
        .. ForeignDatasets.Names,
        "bf16",
        "model_init_kwargs",
        "<<",
    ];

    private static readonly HashSet<string> Known = [.. Ours, .. Theirs];

    /// <summary>Keys of other tools that a recipe may have: translated, without effect, or refused with a message.</summary>
    public static IEnumerable<string> Foreign => Theirs.Except(Ours);

    /// <summary>Candidates for a misspelt name.</summary>
    public static IReadOnlyList<string> All => Ours;

    /// <summary>Whether a recipe may have the key, with a meaning here or not.</summary>
    public static bool IsKnown(string key) =>
        RecipeKeys.Canonical(key) is var name && (Known.Contains(name) || ForeignDatasets.Owns(name));

    /// <summary>Whether the key needs a value: one of ours that is not a switch.</summary>
    public static bool NeedsValue(string key)
    {
        string name = RecipeKeys.Canonical(key);
        return RecipeKeys.Find(name, out BoundKey? ours) && ours.Kind != RecipeKeyKind.Flag && !ours.MayBeBare;
    }
}
