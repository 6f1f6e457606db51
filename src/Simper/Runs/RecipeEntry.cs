namespace Simper.Runs;

/// <summary>A key and its value with its location, for messages.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Value">A scalar's text; a list of scalars separated by commas; a map, or a list of anything else, as
/// JSON.</param>
/// <param name="Place">File and line, or the command-line flag.</param>
internal sealed record RecipeEntry(string Key, string Value, string Place)
{
    /// <summary>The key that it means: its spelling in our files, possibly for another tool's name.</summary>
    public string Name { get; init; } = RecipeKeys.Canonical(Key);

    /// <summary>The key with its location, as the start of a message; a flag is its own location.</summary>
    public string Subject => ("--" + Key).StartsWith(Place, StringComparison.Ordinal) ? "--" + Key : $"{Place}: {Key}";

    /// <summary>The key as written, a flag with its dashes.</summary>
    public string Label => IsOverride ? "--" + Key : Key;

    /// <summary>The start of a message about a key that is not ours.</summary>
    public string Unknown => IsOverride ? $"{Label} is unknown" : $"{Place}: the key {Key} is unknown";

    /// <summary>Whether the value is a scalar, a list of scalars, or a map (or a list of lists or maps).</summary>
    public RecipeEntryShape Shape { get; init; } = RecipeEntryShape.Value;

    /// <summary>Whether it is from the command line, which overrides the file.</summary>
    public bool IsOverride => Place.StartsWith("--", StringComparison.Ordinal);

    /// <summary>Whether the key is unset: <c>null</c>, or nothing after it.</summary>
    public bool IsUnset => Value.Length == 0 && Shape == RecipeEntryShape.Value;
}

/// <summary>The kind of a key's value.</summary>
internal enum RecipeEntryShape
{
    Value,
    List,
    Map,
}
