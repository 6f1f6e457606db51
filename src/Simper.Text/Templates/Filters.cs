using System.Collections.Frozen;
using System.Globalization;

namespace Simper.Text.Templates;

/// <summary>A filter: of a value and its arguments, within the rendering's limits.</summary>
internal delegate object? Filter(object? value, CallArguments given, Budget budget);

/// <summary>
/// Jinja's filters, by name: those of texts are in <see cref="TextFilters"/>, those of lists in <see cref="SequenceFilters"/>,
/// those of numbers in <see cref="NumberFilters"/>. Those that produce HTML or depend on the host (random, urlize, ...) are not
/// available.
/// </summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Filter> All = new Dictionary<string, Filter>(
        TextFilters.All.Concat(SequenceFilters.All)
    )
    {
        ["length"] = (v, a, _) => Length(v, a.Line),
        ["count"] = (v, a, _) => Length(v, a.Line),
        ["default"] = Default,
        ["d"] = Default,
        ["tojson"] = (v, a, b) => JsonText.Write(v, a, b),
        ["int"] = (v, a, _) => NumberFilters.ToInt(v, a),
        ["float"] = (v, a, _) => NumberFilters.ToFloat(v, a),
        ["abs"] = (v, a, _) => NumberFilters.Absolute(v, a),
        ["round"] = (v, a, _) => NumberFilters.Round(v, a),
        ["attr"] = (v, a, b) =>
            Methods.Bound(v, Text(a.Get(0, "name")), b)
            ?? (
                v is TemplateMap map && !map.ContainsKey(Evaluator.NamespaceKey)
                    ? new Undefined(Text(a.Get(0, "name"))) // attributes alone, not the keys of a map
                    : Picked(v, a.Get(0, "name"), a)
            ),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Those that see whether a text is marked as escaped, and those that leave it so.
    private static readonly HashSet<string> Marking = ["default", "d", "e", "escape", "forceescape", "safe"];
    private static readonly HashSet<string> Keeping =
    [
        "capitalize",
        "center",
        "format",
        "indent",
        "last",
        "lower",
        "reverse",
        "string",
        "trim",
        "truncate",
        "upper",
    ];

    public static bool Exists(string name) => All.ContainsKey(name);

    public static object? Run(string name, object? value, CallArguments given, Budget budget)
    {
        try
        {
            if (value is List<object?> list)
                budget.Spend(given.Line, list.Count / 4);
            else if (value is string text)
                budget.Allow(given.Line, text.Length);
            if (Marking.Contains(name))
                return All[name](value, given, budget);
            if (value is not Markup markup)
                return All[name](value, Markup.Unmarked(given), budget);
            object? result = Run(name, markup.Text, name == "format" ? Markup.Filling(name, given) : given, budget);
            return Keeping.Contains(name) ? Markup.Marked(result) : result;
        }
        catch (TemplateException e) when (!e.IsPlaced)
        {
            throw new TemplateException(given.Line, $"{name}: {e.Message}");
        }
    }

    private static string Text(object? value) => Values.ToText(value);

    /// <summary>An integer, clamped to 64 bits.</summary>
    public static long Whole(object? value, int line) =>
        Numbers.IsWhole(value)
            ? Numbers.Clamped(value)
            : throw new TemplateException(line, $"a whole number is needed, not {Values.Kind(value)}.");

    private static object Length(object? value, int line) =>
        value switch
        {
            string text => (long)CodePoints.Count(text),
            List<object?> list => (long)list.Count,
            TemplateMap map => (long)map.Count,
            Undefined => 0L,
            _ => throw new TemplateException(line, $"{Values.Kind(value)} has no length."),
        };

    private static object? Default(object? value, CallArguments given, Budget budget) =>
        value is Undefined || (Values.IsTrue(given.Get(1, "boolean")) && !Values.IsTrue(value))
            ? given.Get(0, "default_value", "")
            : value;

    /// <summary>A member or item of a value, or one of that: "a.b.0".</summary>
    public static object? Picked(object? item, object? attribute, CallArguments given)
    {
        if (attribute is null)
            return item;
        foreach (string part in Text(attribute).Split('.'))
        {
            item = item switch
            {
                TemplateMap map => map.TryGetValue(part, out object? value) ? value : new Undefined(part),
                TemplateGroup group when group.Member(part) is { } member => member,
                List<object?> list
                    when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < list.Count => list[
                    i
                ],
                _ => new Undefined(part),
            };
        }
        return item;
    }

    /// <summary>Named arguments as a value.</summary>
    public static TemplateMap Map(IReadOnlyDictionary<string, object?> named)
    {
        var map = new TemplateMap();
        foreach ((string name, object? value) in named)
            map[name] = value;
        return map;
    }
}
