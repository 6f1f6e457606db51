using System.Globalization;

namespace Simper.Checkpoints;

/// <summary>
/// The keys of a GGUF file. Values are boxed numbers, bool, string, or arrays of those; each getter names the key when its value
/// is of another kind.
/// </summary>
internal sealed class GgufMetadata(Dictionary<string, object> values, string path)
{
    public IReadOnlyDictionary<string, object> Values => values;

    public string Path => path;

    public bool Has(string key) => values.ContainsKey(key);

    public string? Text(string key) => Get<string>(key, "a text");

    public bool? Flag(string key) =>
        values.TryGetValue(key, out object? value) ? value as bool? ?? throw WrongKind(key, "true or false") : null;

    public string[]? Texts(string key) => Get<string[]>(key, "an array of texts");

    /// <summary>A whole number of any width.</summary>
    public long? Integer(string key)
    {
        if (!values.TryGetValue(key, out object? value))
            return null;
        return value switch
        {
            byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            ulong and <= long.MaxValue => (long)(ulong)value,
            _ => throw WrongKind(key, "a whole number"),
        };
    }

    /// <summary>
    /// A floating-point number. A float32 becomes the double with the same shortest digits: 1e-05, not 9.999999747378752e-06.
    /// </summary>
    public double? Fraction(string key) =>
        !values.TryGetValue(key, out object? value)
            ? null
            : value switch
            {
                float number when float.IsFinite(number) => double.Parse(
                    number.ToString("R", CultureInfo.InvariantCulture),
                    CultureInfo.InvariantCulture
                ),
                double number when double.IsFinite(number) => number,
                _ => throw WrongKind(key, "a finite fraction"),
            };

    public long RequiredInteger(string key) => Integer(key) ?? throw Missing(key);

    public double RequiredFraction(string key) => Fraction(key) ?? throw Missing(key);

    public T? Get<T>(string key, string kind)
        where T : class => values.TryGetValue(key, out object? value) ? value as T ?? throw WrongKind(key, kind) : null;

    public SimperException WrongKind(string key, string kind) =>
        FileFault.At(path, $"its key {FileFault.Quote(key)} must be {kind}", "WrongValueType");

    private SimperException Missing(string key) =>
        FileFault.At(path, $"it lacks the key {FileFault.Quote(key)}; convert the model again", "KeyMissing");
}
