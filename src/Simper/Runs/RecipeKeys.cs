using System.Diagnostics.CodeAnalysis;

namespace Simper.Runs;

/// <summary>
/// The recipe keys: the single source of names, ranges and meanings, used to read recipes, build the commands' options, and write
/// the schema for editors. Defaults are in <see cref="Recipe"/>.
/// </summary>
public static class RecipeKeys
{
    /// <summary>All but the objectives', in the order of a recipe written by a run.</summary>
    public static IReadOnlyList<RecipeKey> All => Bound;

    internal static IReadOnlyList<BoundKey> Bound { get; } =
    [.. ModelAndDataKeys.All, .. AdapterKeys.All, .. OptimizationKeys.All, .. RunKeys.All, .. GuardKeys.All];

    private static readonly Dictionary<string, BoundKey> ByName = Bound
        .SelectMany(k => k.Aliases.Prepend(k.Name).Select(n => (n, k)))
        .ToDictionary(x => x.n, x => x.k, StringComparer.Ordinal);

    /// <summary>Every name and alias.</summary>
    internal static IEnumerable<string> Spellings => ByName.Keys;

    /// <summary>A key's spelling in files: flags may have dashes, and aliases are resolved.</summary>
    public static string Canonical(string key)
    {
        string name = key.Replace('-', '_');
        return ByName.TryGetValue(name, out BoundKey? known) ? known.Name : name;
    }

    internal static bool Find(string name, [NotNullWhen(true)] out BoundKey? key) => ByName.TryGetValue(name, out key);
}
