namespace Simper.Text.Preferences;

/// <summary>The names in recipes and commands for the choices of <see cref="TokenizationOptions"/>.</summary>
public static class TokenizationNames
{
    /// <summary>The names of <c>compatibility</c>.</summary>
    public static IReadOnlyList<(string Name, Compatibility Value)> Compatibilities { get; } =
    [
        ("strict", Compatibility.Strict),
        ("trl", Compatibility.Trl),
        ("trl-cpo", Compatibility.TrlCpo),
        ("simper-reference", Compatibility.SimPerReference),
    ];

    /// <summary>The names of <c>truncation_mode</c>.</summary>
    public static IReadOnlyList<(string Name, TruncationMode Value)> Truncations { get; } =
    [
        ("keep_start", TruncationMode.KeepStart),
        ("keep_end", TruncationMode.KeepEnd),
        ("truncate_prompt", TruncationMode.TruncatePrompt),
        ("drop", TruncationMode.Drop),
        ("raise", TruncationMode.Raise),
    ];

    /// <summary>The names of <c>dataset_format</c>.</summary>
    public static IReadOnlyList<(string Name, DatasetFormat Value)> Formats { get; } =
    [("auto", DatasetFormat.Auto), ("text", DatasetFormat.Text)];

    /// <summary>A mode's name.</summary>
    public static string Of(Compatibility mode) => Compatibilities.First(c => c.Value == mode).Name;

    /// <summary>A truncation mode's name.</summary>
    public static string Of(TruncationMode truncation) => Truncations.First(t => t.Value == truncation).Name;

    /// <summary>Parses a name.</summary>
    /// <param name="names">One of the tables here.</param>
    /// <param name="name">As the user wrote it.</param>
    /// <param name="key">The key it is the value of, for the message.</param>
    /// <exception cref="SimperException">There is no such name.</exception>
    public static T Find<T>(IReadOnlyList<(string Name, T Value)> names, string name, string key)
    {
        foreach ((string known, T value) in names)
        {
            if (known == name)
                return value;
        }
        throw new SimperException($"{key} is \"{name}\"; it has to be one of {string.Join(", ", names.Select(n => n.Name))}.");
    }
}
