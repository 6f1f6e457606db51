using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>An undefined name: renders as nothing, is false and empty; any other use is an error.</summary>
internal sealed record Undefined(string What);

/// <summary>An ordered map.</summary>
internal sealed class TemplateMap : OrderedDictionary<object, object?>
{
    public TemplateMap()
        : base(ValueComparer.Instance) { }
}

/// <summary>A tuple: written with parentheses, and not equal to any list.</summary>
internal class TemplateTuple(IEnumerable<object?> items) : List<object?>(items);

/// <summary>What groupby makes: a tuple whose items have names.</summary>
internal sealed class TemplateGroup(object? grouper, List<object?> list) : TemplateTuple([grouper, list])
{
    public object? Member(string name) =>
        name switch
        {
            "grouper" => this[0],
            "list" => this[1],
            _ => null,
        };
}

/// <summary>A callable: macros and the few functions of the environment.</summary>
internal sealed record Callable(string Name, Func<CallArguments, object?> Invoke);

/// <summary>The evaluated arguments of a call.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named, int Line)
{
    /// <summary>The argument by position or name; <paramref name="otherwise"/> if it is not given.</summary>
    public object? Get(int place, string name, object? otherwise = null) =>
        place < Positional.Count ? Positional[place]
        : Named.TryGetValue(name, out object? value) ? value
        : otherwise;
}

/// <summary>Keys are equal as in Python: 1, 1.0 and True are the same.</summary>
internal sealed class ValueComparer : IEqualityComparer<object>
{
    public static ValueComparer Instance { get; } = new();

    bool IEqualityComparer<object>.Equals(object? a, object? b) => Values.AreEqual(a, b);

    public int GetHashCode(object value) =>
        value switch
        {
            string text => text.GetHashCode(StringComparison.Ordinal),
            Markup markup => markup.Text.GetHashCode(StringComparison.Ordinal),
            _ when Numbers.IsNumber(value) => Numbers.Hash(value),
            TemplateTuple { Count: var count } => count,
            _ => 0,
        };
}

/// <summary>
/// Values are null, bool, long, BigInteger, double, string, Markup, List, TemplateTuple, TemplateMap, Callable and Undefined, and
/// behave like Python's.
/// </summary>
internal static class Values
{
    public static bool IsTrue(object? value) =>
        value switch
        {
            null or Undefined => false,
            bool b => b,
            long n => n != 0,
            BigInteger => true,
            double d => d != 0,
            string s => s.Length > 0,
            Markup markup => markup.Text.Length > 0,
            List<object?> list => list.Count > 0,
            TemplateMap map => map.Count > 0,
            _ => true,
        };

    public static bool AreEqual(object? a, object? b) =>
        (Markup.Unmarked(a), Markup.Unmarked(b)) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (string x, string y) => x == y,
            (List<object?> x, List<object?> y) => x.Count == y.Count
                && x is TemplateTuple == y is TemplateTuple
                && x.Zip(y).All(p => AreEqual(p.First, p.Second)),
            (TemplateMap x, TemplateMap y) => x.Count == y.Count
                && x.All(e => y.TryGetValue(e.Key, out object? other) && AreEqual(e.Value, other)),
            _ when Numbers.IsNumber(a) && Numbers.IsNumber(b) => Numbers.Compare(a, b) == 0,
            _ => ReferenceEquals(a, b),
        };

    /// <summary>For sorting; incomparable values (nan) count as equal.</summary>
    public static int Compare(object? a, object? b) => Order(a, b) ?? 0;

    /// <summary>The order of two values; null if they are comparable but unordered.</summary>
    public static int? Order(object? a, object? b) =>
        (Markup.Unmarked(a), Markup.Unmarked(b)) switch
        {
            (string x, string y) => CodePoints.Compare(x, y),
            _ when Numbers.IsNumber(a) && Numbers.IsNumber(b) => Numbers.Compare(a, b),
            (List<object?> x, List<object?> y) when x is TemplateTuple == y is TemplateTuple => CompareLists(x, y),
            _ => throw new TemplateException($"{Kind(a)} and {Kind(b)} cannot be put in order."),
        };

    public static string Kind(object? value) =>
        value switch
        {
            null => "none",
            Undefined u => $"\"{u.What}\", which is not defined,",
            bool => "a boolean",
            long or BigInteger => "a whole number",
            double => "a number",
            string or Markup => "a text",
            List<object?> => "a list",
            TemplateMap => "a map",
            _ => "a function",
        };

    /// <summary>What a loop iterates over: items of a list, keys of a map, characters of a string.</summary>
    public static IReadOnlyList<object?> Items(object? value, string what) =>
        value switch
        {
            List<object?> list => list,
            TemplateMap map => [.. map.Keys],
            string text => CodePoints.Of(text),
            Markup markup => CodePoints.Of(markup.Text),
            Undefined => [],
            _ => throw new TemplateException($"{what} needs something to run over, not {Kind(value)}."),
        };

    /// <summary><c>str()</c> in Python.</summary>
    public static string ToText(object? value) =>
        value switch
        {
            null => "None",
            Undefined => "",
            bool b => b ? "True" : "False",
            long or BigInteger => Numbers.Text(value),
            double d => FloatFormat.Repr(d),
            string s => s,
            Markup markup => markup.Text,
            _ => Repr(value),
        };

    /// <summary><c>repr()</c> in Python.</summary>
    public static string Repr(object? value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return value switch
        {
            string s => QuotedText.Of(s),
            Markup markup => $"Markup({QuotedText.Of(markup.Text)})",
            TemplateTuple { Count: 1 } one => $"({Repr(one[0])},)",
            TemplateTuple tuple => "(" + string.Join(", ", tuple.Select(Repr)) + ")",
            List<object?> list => "[" + string.Join(", ", list.Select(Repr)) + "]",
            TemplateMap map => "{"
                + string.Join(", ", map.Where(e => e.Key is not Callable).Select(e => Repr(e.Key) + ": " + Repr(e.Value)))
                + "}",
            Callable c => $"<function {c.Name}>",
            Undefined => "Undefined",
            _ => ToText(value),
        };
    }

    /// <summary>Converts JSON to a template value.</summary>
    /// <exception cref="SimperException">It contains an invalid string or number.</exception>
    public static object? FromJson(JsonNode? node)
    {
        try
        {
            return Value(node);
        }
        catch (InvalidOperationException e) // lone surrogate
        {
            throw new SimperException("a text is not valid Unicode.", e);
        }
    }

    private static object? Value(JsonNode? node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (node)
        {
            case null:
                return null;
            case JsonArray array:
                return array.Select(Value).ToList();
            case JsonObject json:
                var map = new TemplateMap();
                foreach ((string key, JsonNode? item) in json)
                    map[key] = Value(item);
                return map;
            default:
                return node.GetValueKind() switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.String => node.GetValue<string>(),
                    JsonValueKind.Number => Number(node.AsValue()),
                    _ => null,
                };
        }
    }

    // A number is an integer by its notation; one made in code by its type.
    private static object Number(JsonValue value)
    {
        if (
            !value.TryGetValue(out JsonElement _)
            && (value.TryGetValue(out double number) || value.TryGetValue(out float _))
            && value.GetValue<object>() is double or float
        )
            return number;
        string text = value.ToJsonString();
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
            return double.Parse(text, CultureInfo.InvariantCulture);
        if (text.Length > Numbers.MostDigits + 1)
            throw new SimperException($"a whole number has {text.Length:N0} digits; at most {Numbers.MostDigits:N0} are read.");
        return Numbers.Whole(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    private static int? CompareLists(List<object?> a, List<object?> b)
    {
        for (int i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            if (!AreEqual(a[i], b[i]))
                return Order(a[i], b[i]);
        }
        return a.Count.CompareTo(b.Count);
    }
}
