using System.Globalization;
using Simper.Tensors;

namespace Simper.Runs;

/// <summary>A value being read, with a sentence for what is wrong.</summary>
internal sealed class RecipeValue(RecipeEntry entry)
{
    public string? TextOrNull() => entry.Value.Length > 0 ? entry.Value : null;

    public double Number(double lowest, double highest) =>
        double.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= lowest && value <= highest
            ? value
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"be a number from {lowest} to {highest}"));

    public long Whole(long lowest, long highest) =>
        long.TryParse(entry.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= lowest && value <= highest
            ? value
            : throw Wrong($"be a whole number from {lowest} to {highest}");

    public int Count(int lowest) => (int)Whole(lowest, int.MaxValue);

    public bool Flag() => entry.Value.ToLowerInvariant() switch
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

    public Precision? PrecisionOrNull() => entry.Value.Length == 0 || entry.Value == "auto" ? null : Choice(
        ("float32", Precision.Float32), ("bfloat16", Precision.BFloat16), ("float64", Precision.Float64),
        ("fp32", Precision.Float32), ("bf16", Precision.BFloat16));

    public SimperException Wrong(string wanted) => new($"{entry.Place}: {entry.Key} is \"{entry.Value}\"; it has to {wanted}.");
}
