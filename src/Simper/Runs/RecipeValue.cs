using System.Globalization;
using System.Text.Json;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>A value being read, with a sentence for what is wrong.</summary>
internal sealed class RecipeValue(RecipeEntry entry)
{
    public string? TextOrNull() => entry.Value.Length > 0 ? entry.Value : null;

    /// <summary>Arguments of a chat template, as JSON.</summary>
    public string? ArgumentsOrNull() =>
        TemplateArguments.Parse(entry.Value.Length > 0 ? entry.Value : "{}", entry.Subject)?.ToJsonString(RecipeNodes.Readable);

    public double Number(double lowest, double highest) =>
        double.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        && value >= lowest
        && value <= highest
            ? value
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"be a number from {lowest} to {highest}"));

    public long Whole(long lowest, long highest) =>
        long.TryParse(entry.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        && value >= lowest
        && value <= highest
            ? value
            : throw Wrong($"be a whole number from {lowest} to {highest}");

    public int Count(int lowest) => (int)Whole(lowest, int.MaxValue);

    public bool Flag() =>
        entry.Value.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" or "1" => true,
            "false" or "no" or "off" or "0" => false,
            _ => throw Wrong("be true or false"),
        };

    public T Choice<T>(params ReadOnlySpan<(string Name, T Value)> choices)
    {
        var names = new List<string>();
        foreach ((string name, T value) in choices)
        {
            if (entry.Value == name)
                return value;
            names.Add(name);
        }
        throw Wrong($"be one of {string.Join(", ", names)}");
    }

    public Precision? PrecisionOrNull() =>
        entry.Value.Length == 0 || entry.Value == "auto" ? null
        : entry.Value is "float16" or "fp16" or "half"
            ? throw Wrong("be bfloat16, float32 or float64, since there is no float16: bfloat16 is its like, with a wider range")
        : Choice(
            ("float32", Precision.Float32),
            ("bfloat16", Precision.BFloat16),
            ("float64", Precision.Float64),
            ("fp32", Precision.Float32),
            ("bf16", Precision.BFloat16)
        );

    public long? BytesOrNull()
    {
        if (entry.Value.Length == 0)
            return null;
        string text = entry.Value.Replace(" ", "", StringComparison.Ordinal);
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

    public SimperException Wrong(string wanted) => new($"{entry.Subject} is \"{entry.Value}\"; it has to {wanted}.");
}
