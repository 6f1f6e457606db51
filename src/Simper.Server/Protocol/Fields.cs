using System.Globalization;
using System.Text.Json;

namespace Simper.Server.Protocol;

/// <summary>
/// The fields of a JSON object, read by name, type and range; null counts as not given. Remembers which were read, so that the
/// others can be told.
/// </summary>
/// <param name="element">The object.</param>
/// <param name="path">Where it is, for messages; empty at the root.</param>
internal sealed class Fields(JsonElement element, string path = "")
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>Fields that carry a value and that nobody asked for.</summary>
    public IEnumerable<string> Unread =>
        element
            .EnumerateObject()
            .Where(p => p.Value.ValueKind != JsonValueKind.Null && !_read.Contains(p.Name))
            .Select(p => p.Name)
            .Distinct(StringComparer.Ordinal);

    /// <summary>A field's name as messages give it.</summary>
    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>A field of any type; null if it is not given.</summary>
    public JsonElement? Any(string name)
    {
        _read.Add(name);
        return element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A text; null if it is not given.</summary>
    public string? Text(string name, int longest = int.MaxValue)
    {
        if (Any(name) is not { } value)
            return null;
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw WrongType(name, value, "a string");
        return text.Length <= longest
            ? text
            : throw ApiException.Invalid(At(name), $"'{At(name)}' has {text.Length} characters; at most {longest} are taken.");
    }

    /// <summary>A text that has to be there.</summary>
    public string RequiredText(string name) => Text(name) ?? throw Missing(name);

    /// <summary>true or false.</summary>
    public bool Flag(string name, bool otherwise = false) =>
        Any(name) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.True ? true
        : value.ValueKind == JsonValueKind.False ? false
        : throw WrongType(name, value, "a boolean");

    /// <summary>A whole number within limits; null if it is not given.</summary>
    public long? Whole(string name, long least, long most)
    {
        if (Any(name) is not { } value)
            return null;
        long number = WholeOf(name, value);
        return number < least ? throw OutOfRange(name, number, $">= {least}", "integer_below_min_value")
            : number > most ? throw OutOfRange(name, number, $"<= {most}", "integer_above_max_value")
            : number;
    }

    /// <summary>A number within limits; null if it is not given.</summary>
    public double? Number(string name, double least, double most)
    {
        if (Any(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number))
            throw WrongType(name, value, "a number");
        return !(number >= least) ? throw OutOfRange(name, number, $">= {Shown(least)}", "decimal_below_min_value")
            : !(number <= most) ? throw OutOfRange(name, number, $"<= {Shown(most)}", "decimal_above_max_value")
            : number;
    }

    /// <summary>An object; null if it is not given.</summary>
    public Fields? Object(string name) =>
        Any(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new Fields(value, At(name))
        : throw WrongType(name, value, "an object");

    /// <summary>A list; null if it is not given.</summary>
    public IReadOnlyList<JsonElement>? List(string name, int longest)
    {
        if (Any(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw WrongType(name, value, "an array");
        int count = value.GetArrayLength();
        return count <= longest
            ? [.. value.EnumerateArray()]
            : throw ApiException.Invalid(
                At(name),
                $"Invalid '{At(name)}': array too long. Expected at most {longest} items, but got {count}.",
                "array_above_max_length"
            );
    }

    /// <summary>Reads fields that have no effect here, whatever they say.</summary>
    public void Skip(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _read.Add(name);
    }

    /// <summary>The sentence of a field that is missing.</summary>
    public ApiException Missing(string name) =>
        new(400, $"Missing required parameter: '{At(name)}'.", At(name), "missing_required_parameter");

    /// <summary>The sentence of a field of another type.</summary>
    public ApiException WrongType(string name, JsonElement value, string wanted) =>
        ApiException.Invalid(
            At(name),
            $"Invalid type for '{At(name)}': expected {wanted}, but got {KindOf(value)} instead.",
            "invalid_type"
        );

    private long WholeOf(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
            throw WrongType(name, value, "an integer");
        if (value.TryGetInt64(out long number))
            return number;
        // 16.0, as some programs write every number
        if (value.TryGetDouble(out double given) && Math.Abs(given) < 1L << 53 && given == Math.Floor(given))
            return (long)given;
        throw WrongType(name, value, "an integer of 64 bits");
    }

    private ApiException OutOfRange(string name, double number, string wanted, string code) =>
        ApiException.Invalid(
            At(name),
            $"Invalid value for '{At(name)}': expected a value {wanted}, but got {Shown(number)} instead.",
            code
        );

    private static string KindOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => value.TryGetInt64(out _) ? "an integer" : "a decimal",
            JsonValueKind.Null => "null",
            _ => "a boolean",
        };

    private static string Shown(double number) => number.ToString(CultureInfo.InvariantCulture);
}
