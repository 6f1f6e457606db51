namespace Simper.Runs;

/// <summary>A key and its value with its place, for messages.</summary>
/// <param name="Key">The key as it is written.</param>
/// <param name="Value">A value's text; the values of a list with commas between; a map, or a list of other things, as
/// JSON.</param>
/// <param name="Place">File and line, or the flag of the command line.</param>
internal sealed record RecipeEntry(string Key, string Value, string Place)
{
    /// <summary>The key that it means: its spelling in our files, which another tool's name may stand for.</summary>
    public string Name { get; init; } = RecipeKeys.Canonical(Key);

    /// <summary>The key with its place, as a sentence about it begins; a flag is its own place.</summary>
    public string Subject => ("--" + Key).StartsWith(Place, StringComparison.Ordinal) ? "--" + Key : $"{Place}: {Key}";

    /// <summary>The key as it is written, a flag with its dashes.</summary>
    public string Label => IsOverride ? "--" + Key : Key;

    /// <summary>The beginning of a sentence about a key that is none of ours.</summary>
    public string Unknown => IsOverride ? $"{Label} is unknown" : $"{Place}: the key {Key} is unknown";

    /// <summary>Whether the value is one value, a list of values, or a map (or a list of lists or maps).</summary>
    public RecipeEntryShape Shape { get; init; } = RecipeEntryShape.Value;

    /// <summary>Whether the command line gave it, which wins over the file.</summary>
    public bool IsOverride => Place.StartsWith("--", StringComparison.Ordinal);

    /// <summary>Whether the key is unset: <c>null</c>, or nothing behind it.</summary>
    public bool IsUnset => Value.Length == 0 && Shape == RecipeEntryShape.Value;
}

/// <summary>What stands behind a key.</summary>
internal enum RecipeEntryShape
{
    Value,
    List,
    Map,
}
