using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>A value being read, of a recipe key or a command option, with a message for each mistake.</summary>
public sealed class RecipeValue
{
    private readonly RecipeEntry _entry;

    internal RecipeValue(RecipeEntry entry) => _entry = entry;

    /// <summary>The value of an option that is not a recipe key.</summary>
    /// <param name="option">Its name, without dashes.</param>
    /// <param name="value">The value as typed.</param>
    public static RecipeValue OfOption(string option, string value) => new(new RecipeEntry(option, value, "--" + option));

    /// <summary>The names of dtypes in files.</summary>
    internal static IReadOnlyList<string> Precisions { get; } = ["float32", "bfloat16", "float64", "fp32", "bf16", "auto"];

    /// <summary>The names of ways to keep weights that do not train.</summary>
    public static IReadOnlyList<(string Name, FrozenWeights Value)> FrozenWeights { get; } =
    [("unpacked", Models.Weights.FrozenWeights.Unpacked), ("packed", Models.Weights.FrozenWeights.Packed)];

    internal string? TextOrNull() => _entry.Value.Length > 0 ? _entry.Value : null;

    /// <summary>Words separated by commas, or a list.</summary>
    internal IReadOnlyList<string> List() =>
        _entry.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Modules: a list of names, "all-linear", or what is no plain name, a regular expression; null if none is chosen.
    /// </summary>
    internal ModuleNames? ModulesOrNull()
    {
        string text = _entry.Value.Trim();
        if (text.Length == 0)
            return null;
        bool isAll = text.Equals(ModuleNames.AllLinear, StringComparison.OrdinalIgnoreCase);
        bool areNames = List().All(n => n.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'));
        return isAll || (_entry.Shape != RecipeEntryShape.List && !areNames)
            ? ModuleNames.Matching(text)
            : ModuleNames.Of(List());
    }

    /// <summary>Numbers by names.</summary>
    /// <exception cref="SimperException">It is no map of numbers.</exception>
    internal IReadOnlyList<KeyValuePair<string, double>> Numbers()
    {
        if (_entry.Value.Length == 0)
            return [];
        try
        {
            return
            [
                .. JsonNode
                    .Parse(_entry.Value)!
                    .AsObject()
                    .Select(p => KeyValuePair.Create(p.Key, p.Value!.GetValue<JsonElement>().GetDouble())),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            throw Wrong("be a map of numbers, as {o_proj: 4}");
        }
    }

    /// <summary>Arguments of a chat template, as JSON.</summary>
    internal string? ArgumentsOrNull() =>
        TemplateArguments.Parse(_entry.Value.Length > 0 ? _entry.Value : "{}", _entry.Subject) is { } variables
            ? ReadableJson.OneLine(variables)
            : null;

    /// <summary>Columns of the data by the names of layouts.</summary>
    internal ColumnMap Columns() => _entry.Value.Length > 0 ? ColumnMap.Parse(_entry.Value, _entry.Subject) : ColumnMap.None;

    /// <summary>Data sets and how much of each is taken.</summary>
    /// <exception cref="SimperException">It is no map or list of them.</exception>
    internal RecipeMixture Mixture() => RecipeMixture.Parse(_entry);

    /// <summary>Positive numbers, separated by commas; null if there are none.</summary>
    /// <exception cref="SimperException">One is none.</exception>
    internal string? ProbabilitiesOrNull() =>
        List() is not { Count: > 0 } numbers ? null
        : numbers.All(n =>
            double.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out double p) && p is > 0 and < double.MaxValue
        )
            ? string.Join(',', numbers)
        : throw Wrong("be positive numbers separated by commas, one for each data set of dataset_mixer");

    /// <summary>A number.</summary>
    /// <exception cref="SimperException">It is not a number, or is out of bounds.</exception>
    public double Number(double lowest, double highest) =>
        double.TryParse(_entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        && value >= lowest
        && value <= highest
            ? value
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"be a number from {lowest} to {highest}"));

    /// <summary>An integer.</summary>
    /// <exception cref="SimperException">It is not an integer, or is out of bounds.</exception>
    public long Whole(long lowest, long highest) =>
        long.TryParse(_entry.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        && value >= lowest
        && value <= highest
            ? value
            : throw Wrong($"be a whole number from {lowest} to {highest}");

    /// <summary>An integer without an upper bound.</summary>
    /// <exception cref="SimperException">It is not an integer, or is too small.</exception>
    public int Count(int lowest) => (int)Whole(lowest, int.MaxValue);

    /// <summary>A boolean.</summary>
    /// <exception cref="SimperException">It is neither true nor false.</exception>
    public bool Flag() =>
        _entry.Value.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" or "1" => true,
            "false" or "no" or "off" or "0" => false,
            _ => throw Wrong("be true or false"),
        };

    /// <summary>One of a few words.</summary>
    /// <exception cref="SimperException">It is not one of them.</exception>
    public T Choice<T>(params ReadOnlySpan<(string Name, T Value)> choices)
    {
        var names = new List<string>();
        foreach ((string name, T value) in choices)
        {
            if (_entry.Value == name)
                return value;
            names.Add(name);
        }
        throw Wrong($"be one of {string.Join(", ", names)}");
    }

    /// <summary>Some of a few words, separated by commas.</summary>
    /// <exception cref="SimperException">One is not one of them.</exception>
    public IEnumerable<T> Choices<T>(params IReadOnlyList<(string Name, T Value)> choices) =>
        _entry.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words
        && words.All(w => choices.Any(c => c.Name == w))
            ? words.Select(w => choices.First(c => c.Name == w).Value)
            : throw Wrong($"be one or several of {string.Join(", ", choices.Select(c => c.Name))}");

    /// <summary>Dtypes by their names in recipes; null if none is chosen.</summary>
    /// <exception cref="SimperException">It is not one of them.</exception>
    public Precision? PrecisionOrNull() =>
        _entry.Value.Length == 0 || _entry.Value == "auto" ? null
        : _entry.Value is "float16" or "fp16" or "half"
            ? throw Wrong("be bfloat16, float32 or float64, since there is no float16: bfloat16 is its like, with a wider range")
        : Choice(
            ("float32", Precision.Float32),
            ("bfloat16", Precision.BFloat16),
            ("float64", Precision.Float64),
            ("fp32", Precision.Float32),
            ("bf16", Precision.BFloat16)
        );

    /// <summary>An amount of memory in bytes, as 3GB; null if it is empty.</summary>
    /// <exception cref="SimperException">It is none.</exception>
    public long? BytesOrNull()
    {
        if (_entry.Value.Length == 0)
            return null;
        string text = _entry.Value.Replace(" ", "", StringComparison.Ordinal);
        (string unit, double factor) = Units.First(u => text.EndsWith(u.Name, StringComparison.OrdinalIgnoreCase));
        return
            double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * factor is >= 1e6 and < 1e15
            ? (long)(number * factor)
            : throw Wrong("be an amount of memory of at least 1 MB, as 3GB or 800MB");
    }

    private static readonly (string Name, double Factor)[] Units =
    [
        ("GiB", 1L << 30),
        ("MiB", 1L << 20),
        ("GB", 1e9),
        ("MB", 1e6),
        ("G", 1e9),
        ("M", 1e6),
        ("", 1),
    ];

    internal SimperException Wrong(string wanted) => new($"{_entry.Subject} is \"{_entry.Value}\"; it has to {wanted}.");
}
