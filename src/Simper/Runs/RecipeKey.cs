using System.Globalization;

namespace Simper.Runs;

/// <summary>The type of a key's value.</summary>
public enum RecipeKeyKind
{
    /// <summary>Any string.</summary>
    Text,

    /// <summary>A boolean.</summary>
    Flag,

    /// <summary>An integer.</summary>
    Whole,

    /// <summary>A number.</summary>
    Number,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>A memory size, such as 3GB.</summary>
    Bytes,

    /// <summary>A map.</summary>
    Map,
}

/// <summary>A recipe key, as help texts, completions and the schema show it. Immutable.</summary>
/// <param name="Name">The key, spelt as in files.</param>
/// <param name="Meaning">What it means, without a full stop.</param>
/// <param name="Kind">The type of its value.</param>
public record RecipeKey(string Name, string Meaning, RecipeKeyKind Kind)
{
    /// <summary>The group it is listed under.</summary>
    public string Group { get; init; } = "";

    /// <summary>Other spellings.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The words that a choice has.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The bounds of a number; null if unbounded.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>The default, as in files; empty if there is none.</summary>
    public string Default { get; init; } = "";

    /// <summary>Whether the key alone, without a value, means true, as a flag's does.</summary>
    public bool MayBeBare { get; init; }

    /// <summary>Whether the value may be a list.</summary>
    public bool MayBeList { get; init; }
}

/// <summary>A key of the recipe itself: how it is set, and how it is written.</summary>
internal sealed record BoundKey(string Name, string Meaning, RecipeKeyKind Kind) : RecipeKey(Name, Meaning, Kind)
{
    public required Func<Recipe, RecipeValue, Recipe> Set { get; init; }

    public required Func<Recipe, string> Get { get; init; }

    /// <summary>Keys with the heading that they stand under, and their defaults.</summary>
    public static IEnumerable<BoundKey> Under(string group, params IEnumerable<BoundKey> keys)
    {
        var usual = new Recipe();
        return keys.Select(k =>
            k with
            {
                Group = group,
                Default = k.Get(usual).Trim('\'').Replace("E-0", "e-", StringComparison.Ordinal),
            }
        );
    }

    public static BoundKey Text(string name, string meaning, Func<Recipe, string?> get, Func<Recipe, string?, Recipe> set) =>
        new(name, meaning, RecipeKeyKind.Text) { Set = (r, v) => set(r, v.TextOrNull()), Get = r => Quoted(get(r)) };

    public static BoundKey Flag(string name, string meaning, Func<Recipe, bool> get, Func<Recipe, bool, Recipe> set) =>
        new(name, meaning, RecipeKeyKind.Flag) { Set = (r, v) => set(r, v.Flag()), Get = r => get(r) ? "true" : "false" };

    public static BoundKey Whole(
        string name,
        string meaning,
        (long Low, long High) range,
        Func<Recipe, long?> get,
        Func<Recipe, long, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Whole)
        {
            Range = range,
            Set = (r, v) => set(r, v.Whole(range.Low, range.High)),
            Get = r => get(r)?.ToString(CultureInfo.InvariantCulture) ?? "",
        };

    public static BoundKey Number(
        string name,
        string meaning,
        (double Low, double High) range,
        Func<Recipe, double> get,
        Func<Recipe, double, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Number)
        {
            Range = range,
            Set = (r, v) => set(r, v.Number(range.Low, range.High)),
            Get = r => get(r).ToString(CultureInfo.InvariantCulture),
        };

    public static BoundKey Choice<T>(
        string name,
        string meaning,
        IReadOnlyList<(string Name, T Value)> choices,
        Func<Recipe, T> get,
        Func<Recipe, T, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Choice)
        {
            Choices = [.. choices.Select(c => c.Name)],
            Set = (r, v) => set(r, v.Choice([.. choices])),
            Get = r => choices.First(c => EqualityComparer<T>.Default.Equals(c.Value, get(r))).Name,
        };

    /// <summary>A text as YAML.</summary>
    public static string Quoted(string? text) =>
        text is null or "" ? "" : "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
