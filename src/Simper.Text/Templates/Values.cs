using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>A name that stands for nothing: prints as nothing, is false and empty; to use it otherwise is an error.</summary>
internal sealed record Undefined(string What);

/// <summary>An ordered map.</summary>
internal sealed class TemplateMap : OrderedDictionary<object, object?>
{
    public TemplateMap() : base(ValueComparer.Instance) { }
}

/// <summary>What can be called: macros and the few functions of the environment.</summary>
internal sealed record Callable(string Name, Func<CallArguments, object?> Invoke);

/// <summary>The arguments of a call, evaluated.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named, int Line)
{
    /// <summary>The argument at a place or of a name; <paramref name="otherwise"/> where it is not given.</summary>
    public object? Get(int place, string name, object? otherwise = null) =>
        place < Positional.Count ? Positional[place] : Named.TryGetValue(name, out object? value) ? value : otherwise;
}

/// <summary>Keys are equal as Python has it: 1 and 1.0 and True are one.</summary>
internal sealed class ValueComparer : IEqualityComparer<object>
{
    public static ValueComparer Instance { get; } = new();

    bool IEqualityComparer<object>.Equals(object? a, object? b) => Values.AreEqual(a, b);

    public int GetHashCode(object value) => value switch
    {
        string text => text.GetHashCode(StringComparison.Ordinal),
        bool or long or double => Convert.ToDouble(value, CultureInfo.InvariantCulture).GetHashCode(),
        _ => 0,
    };
}

/// <summary>
/// Values are null, bool, long, double, string, List, TemplateMap, Callable and Undefined, and behave as Python's.
/// </summary>
internal static class Values
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) or (Undefined, Undefined) => true,
        (string x, string y) => x == y,
        (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(p => AreEqual(p.First, p.Second)),
        (TemplateMap x, TemplateMap y) => x.Count == y.Count && x.All(e => y.TryGetValue(e.Key, out object? other) && AreEqual(e.Value, other)),
        (long or bool, long or bool) => ToLong(a) == ToLong(b),
        (long or bool or double, long or bool or double) => ToDouble(a) == ToDouble(b),
        _ => ReferenceEquals(a, b),
    };

    public static int Compare(object? a, object? b) => (a, b) switch
    {
        (string x, string y) => CompareCodePoints(x, y),
        (long or bool, long or bool) => ToLong(a).CompareTo(ToLong(b)),
        (long or bool or double, long or bool or double) => ToDouble(a).CompareTo(ToDouble(b)),
        (List<object?> x, List<object?> y) => CompareLists(x, y),
        _ => throw new TemplateException($"{Kind(a)} and {Kind(b)} cannot be put in order."),
    };

    public static bool IsNumber(object? value) => value is long or double or bool;

    public static long ToLong(object? value) => value is bool b ? (b ? 1 : 0) : (long)value!;

    public static double ToDouble(object? value) => value is double d ? d : ToLong(value);

    public static string Kind(object? value) => value switch
    {
        null => "none",
        Undefined u => $"\"{u.What}\", which is not defined,",
        bool => "a boolean",
        long => "a whole number",
        double => "a number",
        string => "a text",
        List<object?> => "a list",
        TemplateMap => "a map",
        _ => "a function",
    };

    /// <summary>What a loop runs over: items of a list, keys of a map, characters of a text.</summary>
    public static IReadOnlyList<object?> Items(object? value, string what) => value switch
    {
        List<object?> list => list,
        TemplateMap map => [.. map.Keys],
        string text => [.. text.EnumerateRunes().Select(r => (object?)r.ToString())],
        Undefined => [],
        _ => throw new TemplateException($"{what} needs something to run over, not {Kind(value)}."),
    };

    /// <summary>As <c>str()</c> in Python.</summary>
    public static string ToText(object? value) => value switch
    {
        null => "None",
        Undefined => "",
        bool b => b ? "True" : "False",
        long n => n.ToString(CultureInfo.InvariantCulture),
        double d => FloatText(d),
        string s => s,
        _ => Repr(value),
    };

    /// <summary>As <c>repr()</c> in Python.</summary>
    public static string Repr(object? value)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        return value switch
        {
            string s => QuotedText(s),
            List<object?> list => "[" + string.Join(", ", list.Select(Repr)) + "]",
            TemplateMap map => "{" + string.Join(", ", map.Select(e => Repr(e.Key) + ": " + Repr(e.Value))) + "}",
            Callable c => $"<function {c.Name}>",
            _ => ToText(value),
        };
    }

    /// <summary>A value of JSON as a template's value.</summary>
    public static object? FromJson(JsonNode? node)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (node)
        {
            case null:
                return null;
            case JsonArray array:
                return array.Select(FromJson).ToList();
            case JsonObject json:
                var map = new TemplateMap();
                foreach ((string key, JsonNode? item) in json)
                    map[key] = FromJson(item);
                return map;
            default:
                return node.GetValueKind() switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.String => node.GetValue<string>(),
                    JsonValueKind.Number => Number(node.ToJsonString()),
                    _ => null,
                };
        }
    }

    /// <summary>As Python prints a float: the shortest digits that read back, always with a point or an exponent.</summary>
    public static string FloatText(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        string text = value.ToString("E16", CultureInfo.InvariantCulture);
        int exponent = int.Parse(text[(text.IndexOf('E', StringComparison.Ordinal) + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (value != 0 && exponent is < -4 or >= 16)
        {
            // .NET and Python put the exponent in at different sizes; the digits are the same, the shortest that read back.
            string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E')[0].Replace(".", "", StringComparison.Ordinal).Trim('0');
            string digits = shortest.Length > 1 ? $"{shortest[0]}.{shortest[1..]}" : shortest;
            return string.Create(CultureInfo.InvariantCulture, $"{(value < 0 ? "-" : "")}{digits}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }
        string plain = ((decimal)value).ToString(CultureInfo.InvariantCulture);
        string exact = value.ToString("R", CultureInfo.InvariantCulture);
        plain = exact.Contains('E', StringComparison.Ordinal) ? plain : exact;
        return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
    }

    private static object Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
        ? whole
        : double.Parse(text, CultureInfo.InvariantCulture);

    private static string QuotedText(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\\' => "\\\\",
                var c when c == quote => "\\" + quote,
                < 0x20 or 0x7f => $"\\x{rune.Value:x2}",
                _ => rune.ToString(),
            });
        }
        return quoted.Append(quote).ToString();
    }

    private static int CompareLists(List<object?> a, List<object?> b)
    {
        for (int i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            if (!AreEqual(a[i], b[i]))
                return Compare(a[i], b[i]);
        }
        return a.Count.CompareTo(b.Count);
    }

    private static int CompareCodePoints(string a, string b)
    {
        using IEnumerator<Rune> x = a.EnumerateRunes().GetEnumerator(), y = b.EnumerateRunes().GetEnumerator();
        while (true)
        {
            bool more = x.MoveNext(), other = y.MoveNext();
            if (!more || !other)
                return more.CompareTo(other);
            if (x.Current != y.Current)
                return x.Current.CompareTo(y.Current);
        }
    }
}
