using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Simper.Models.Gguf;

/// <summary>In what two shapes differ: what a file cannot say of a model.</summary>
internal static class ShapeDifference
{
    // Files keep float32.
    private const double Tolerance = 1e-6;

    // How a new model is initialised and trained is not what a file is for.
    private static readonly HashSet<string> Ignored =
    [
        nameof(DecoderShape.InitializerRange),
        nameof(ExpertShape.LossCoefficient),
        "EqualityContract",
    ];

    /// <summary>The first difference as words, or null.</summary>
    public static string? Find(DecoderShape wanted, DecoderShape got) => Find("", wanted, got);

    private static string? Find(string path, object? wanted, object? got)
    {
        if (wanted is null || got is null)
            return wanted is null && got is null ? null : Words(path, wanted, got);
        switch (wanted)
        {
            case double number:
                return Math.Abs(number - Convert.ToDouble(got, CultureInfo.InvariantCulture)) <= Tolerance * Math.Abs(number)
                    ? null
                    : Words(path, wanted, got);
            case int or bool or Enum or string:
                return wanted.Equals(got) ? null : Words(path, wanted, got);
            case IEnumerable list:
                object[] a = Items(list);
                object[] b = Items((IEnumerable)got);
                return a.Length != b.Length
                    ? Words(path, $"[{string.Join(", ", a)}]", $"[{string.Join(", ", b)}]")
                    : a.Zip(b, (x, y) => Find(path, x, y)).FirstOrDefault(d => d is not null);
        }
        if (wanted.GetType() != got.GetType())
            return Words(path, wanted.GetType().Name, got.GetType().Name);
        return wanted
            .GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => !Ignored.Contains(p.Name) && p.GetIndexParameters().Length == 0)
            .Select(p => Find(path.Length == 0 ? p.Name : $"{path}.{p.Name}", p.GetValue(wanted), p.GetValue(got)))
            .FirstOrDefault(d => d is not null);
    }

    // No windows, and windows of no width, are the same; so are rotations in all layers.
    private static object[] Items(IEnumerable list)
    {
        object[] items = [.. list.Cast<object>()];
        return Array.TrueForAll(items, i => i is 0) || Array.TrueForAll(items, i => i is true) ? [] : items;
    }

    private static string Words(string path, object? wanted, object? got) =>
        string.Create(CultureInfo.InvariantCulture, $"{path} is {wanted ?? "none"} and would be {got ?? "none"}");
}
