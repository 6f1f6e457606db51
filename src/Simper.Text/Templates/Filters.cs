using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>Jinja's filters. Those that produce HTML or depend on the host (random, urlize, ...) are not available.</summary>
internal static partial class Filters
{
    private static readonly Dictionary<string, Func<object?, CallArguments, Budget, object?>> All = new(StringComparer.Ordinal)
    {
        ["trim"] = (v, a, _) => Methods.Strip(Text(v), a.Get(0, "chars") as string, left: true, right: true),
        ["lower"] = (v, _, _) => Text(v).ToLowerInvariant(),
        ["upper"] = (v, _, _) => Methods.Upper(Text(v)),
        ["title"] = (v, _, _) => Methods.TitleWords(Text(v)),
        ["capitalize"] = (v, _, _) => Methods.Capitalize(Text(v)),
        ["string"] = (v, _, _) => Text(v),
        ["safe"] = (v, _, _) => v,
        ["e"] = (v, _, _) => Escaped(Text(v)),
        ["escape"] = (v, _, _) => Escaped(Text(v)),
        ["forceescape"] = (v, _, _) => Escaped(Text(v)),
        ["length"] = (v, a, _) => Length(v, a.Line),
        ["count"] = (v, a, _) => Length(v, a.Line),
        ["wordcount"] = (v, _, _) => (long)Words().Count(Text(v)),
        ["replace"] = (v, a, b) =>
            Methods.Replace(Text(v), Text(a.Get(0, "old")), Text(a.Get(1, "new")), a.Get(2, "count") as long?, b, a.Line),
        ["regex_replace"] = (v, a, _) => RegexReplaced(Text(v), a),
        ["indent"] = (v, a, b) => Indent(Text(v), a, b),
        ["format"] = (v, a, _) =>
            PercentFormat.Fill(Text(v), a.Named.Count == 0 ? new TemplateTuple(a.Positional) : Map(a.Named), a.Line),
        ["center"] = (v, a, _) => Methods.Center(Text(v), Whole(a.Get(0, "width", 80L), a.Line)),
        ["truncate"] = (v, a, _) => Truncate(Text(v), a),
        ["default"] = Default,
        ["d"] = Default,
        ["tojson"] = (v, a, b) => JsonText.Write(v, a, b),
        ["int"] = (v, a, _) => NumberFilters.ToInt(v, a),
        ["float"] = (v, a, _) => NumberFilters.ToFloat(v, a),
        ["abs"] = (v, a, _) => NumberFilters.Absolute(v, a),
        ["round"] = (v, a, _) => NumberFilters.Round(v, a),
        ["first"] = (v, a, _) => List(v, a).FirstOrDefault(new Undefined("the first of nothing")),
        ["last"] = (v, a, _) => List(v, a).LastOrDefault(new Undefined("the last of nothing")),
        ["list"] = (v, a, _) => List(v, a).ToList(),
        ["reverse"] = (v, a, _) => v is string s ? string.Concat(List(s, a).Reverse()) : List(v, a).Reverse().ToList(),
        ["join"] = (v, a, b) => Join(v, a, b),
        ["items"] = (v, a, _) =>
            v is TemplateMap map ? Methods.Pairs(map)
            : v is Undefined ? new List<object?>()
            : throw new TemplateException(a.Line, $"items needs a map, not {Values.Kind(v)}."),
        ["dictsort"] = DictSort,
        ["sort"] = Sort,
        ["unique"] = (v, a, _) =>
            List(v, a)
                .DistinctBy(i => Folded(Picked(i, a.Get(1, "attribute"), a), a.Get(0, "case_sensitive")), ValueComparer.Instance!)
                .ToList(),
        ["min"] = (v, a, _) => Extreme(v, a, -1),
        ["max"] = (v, a, _) => Extreme(v, a, 1),
        ["sum"] = (v, a, b) =>
            List(v, a)
                .Aggregate(
                    a.Get(1, "start", 0L),
                    (x, y) => new Operators(b).Binary("+", x, Picked(y, a.Get(0, "attribute"), a), a.Line)
                ),
        ["map"] = Map,
        ["select"] = (v, a, _) => Some(v, a).Where(i => Holds(i, a, 0)).ToList(),
        ["reject"] = (v, a, _) => Some(v, a).Where(i => !Holds(i, a, 0)).ToList(),
        ["selectattr"] = (v, a, _) => Some(v, a).Where(i => Holds(Picked(i, a.Get(0, "attribute"), a), a, 1)).ToList(),
        ["rejectattr"] = (v, a, _) => Some(v, a).Where(i => !Holds(Picked(i, a.Get(0, "attribute"), a), a, 1)).ToList(),
        ["groupby"] = GroupBy,
        ["batch"] = (v, a, _) => Batch(v, a),
        ["slice"] = (v, a, _) => Slices(v, a),
        ["attr"] = (v, a, b) =>
            Methods.Bound(v, Text(a.Get(0, "name")), b)
            ?? (
                v is TemplateMap map && !map.ContainsKey(Evaluator.NamespaceKey)
                    ? new Undefined(Text(a.Get(0, "name"))) // attributes alone, not the keys of a map
                    : Picked(v, a.Get(0, "name"), a)
            ),
    };

    public static bool Exists(string name) => All.ContainsKey(name);

    public static object? Run(string name, object? value, CallArguments given, Budget budget)
    {
        try
        {
            if (value is List<object?> list)
                budget.Spend(given.Line, list.Count / 4);
            else if (value is string text)
                budget.Allow(given.Line, text.Length);
            return All[name](value, given, budget);
        }
        catch (TemplateException e) when (!e.IsPlaced)
        {
            throw new TemplateException(given.Line, $"{name}: {e.Message}");
        }
    }

    private static string Text(object? value) => Values.ToText(value);

    private static IReadOnlyList<object?> List(object? value, CallArguments given) =>
        Values.Items(value, $"line {given.Line}: the filter");

    // map, select and the like pass over anything that counts as false.
    private static IReadOnlyList<object?> Some(object? value, CallArguments given) =>
        Values.IsTrue(value) ? List(value, given) : [];

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

    private static string Escaped(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);

    // Of evaluation tasks: Python's re.sub.
    private static string RegexReplaced(string text, CallArguments given)
    {
        try
        {
            long count = Whole(given.Get(2, "count", 0L), given.Line);
            return new PythonRegex(Text(given.Get(0, "pattern"))).Replace(text, Text(given.Get(1, "repl")), (int)count);
        }
        catch (SimperException e)
        {
            throw new TemplateException(given.Line, e.Message);
        }
    }

    private static string Indent(string text, CallArguments given, Budget budget)
    {
        object? width = given.Get(0, "width", 4L);
        string indent = width is string s ? s : new string(' ', (int)Math.Clamp(Whole(width, given.Line), 0, 1000));
        bool first = Values.IsTrue(given.Get(1, "first"));
        bool blank = Values.IsTrue(given.Get(2, "blank"));
        string[] lines = [.. TextPieces.Lines(text + "\n", keepEnds: false).Cast<string>()];
        budget.Allow(given.Line, text.Length + (long)lines.Length * indent.Length);
        return string.Join(
            '\n',
            lines.Select((line, i) => (i == 0 && !first) || (i > 0 && line.Length == 0 && !blank) ? line : indent + line)
        );
    }

    private static string Truncate(string text, CallArguments given)
    {
        long length = Whole(given.Get(0, "length", 255L), given.Line);
        long leeway = Whole(given.Get(3, "leeway", 5L), given.Line);
        string end = Text(given.Get(2, "end", "..."));
        if (CodePoints.Count(text) <= length + leeway)
            return text;
        string cut = (string)Slicing.Apply(text, null, Math.Max(0, length - CodePoints.Count(end)), null, given.Line)!;
        if (!Values.IsTrue(given.Get(1, "killwords")) && cut.LastIndexOf(' ') is >= 0 and var space)
            cut = cut[..space];
        return cut + end;
    }

    // The first of equal ones, as in Python.
    private static object? Extreme(object? value, CallArguments given, int sign)
    {
        object? KeyOf(object? item) => Folded(Picked(item, given.Get(1, "attribute"), given), given.Get(0, "case_sensitive"));
        IReadOnlyList<object?> items = List(value, given);
        return items.Count == 0
            ? new Undefined(sign < 0 ? "the least of nothing" : "the greatest of nothing")
            : items.Aggregate((x, y) => Values.Order(KeyOf(y), KeyOf(x)) * sign > 0 ? y : x);
    }

    /// <summary>Named arguments as a value.</summary>
    public static TemplateMap Map(IReadOnlyDictionary<string, object?> named)
    {
        var map = new TemplateMap();
        foreach ((string name, object? value) in named)
            map[name] = value;
        return map;
    }

    private static string Join(object? value, CallArguments given, Budget budget)
    {
        string[] parts = [.. List(value, given).Select(i => Text(Picked(i, given.Get(1, "attribute"), given)))];
        string separator = Text(given.Get(0, "d", ""));
        budget.Allow(given.Line, parts.Sum(p => (long)p.Length) + (long)separator.Length * parts.Length);
        return string.Join(separator, parts);
    }

    private static object? DictSort(object? value, CallArguments given, Budget budget)
    {
        if (value is not TemplateMap map)
            throw new TemplateException(given.Line, $"a map is needed, not {Values.Kind(value)}.");
        bool byValue = Text(given.Get(1, "by", "key")) == "value";
        return Sorted(
            Methods.Pairs(map),
            p => Folded(((List<object?>)p!)[byValue ? 1 : 0], given.Get(0, "case_sensitive")),
            Values.IsTrue(given.Get(2, "reverse"))
        );
    }

    // "a,b" sorts by a, and by b where those are equal.
    private static object? Sort(object? value, CallArguments given, Budget budget)
    {
        object?[] attributes = given.Get(2, "attribute") switch
        {
            string names => names.Split(','),
            var one => [one],
        };
        object? KeyOf(object? item) =>
            attributes.Select(a => Folded(Picked(item, a, given), given.Get(1, "case_sensitive"))).ToList();
        return Sorted(List(value, given), KeyOf, Values.IsTrue(given.Get(0, "reverse")));
    }

    // Equal ones keep their order, also in reverse, as in Python.
    private static List<object?> Sorted(IEnumerable<object?> items, Func<object?, object?> keyOf, bool reverse)
    {
        var order = Comparer<object?>.Create(Values.Compare);
        try
        {
            return (reverse ? items.OrderByDescending(keyOf, order) : items.OrderBy(keyOf, order)).ToList();
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException inner)
        {
            throw inner;
        }
    }

    private static object? GroupBy(object? value, CallArguments given, Budget budget)
    {
        object? attribute = given.Get(0, "attribute");
        object? KeyOf(object? item) =>
            Picked(item, attribute, given) switch
            {
                Undefined => given.Get(1, "default")
                    ?? throw new TemplateException(given.Line, $"an item has no \"{Text(attribute)}\" to group by."),
                var key => key,
            };
        object? Fold(object? key) => Folded(key, given.Get(2, "case_sensitive"));
        return Sorted(List(value, given), item => Fold(KeyOf(item)), reverse: false)
            .GroupBy(item => Fold(KeyOf(item)) ?? "", ValueComparer.Instance)
            .Select(g => (object?)new TemplateGroup(KeyOf(g.First()), g.ToList()))
            .ToList();
    }

    private static List<object?> Batch(object? value, CallArguments given)
    {
        int size = (int)Math.Clamp(Whole(given.Get(0, "linecount"), given.Line), 1, int.MaxValue);
        object? fill = given.Get(1, "fill_with");
        return List(value, given)
            .Chunk(size)
            .Select(c =>
                (object?)(
                    fill is null
                        ? c.ToList()
                        : [.. c, .. Enumerable.Repeat(fill, Math.Min(size, 10_000) - Math.Min(c.Length, size))]
                )
            )
            .ToList();
    }

    // Columns of nearly equal length; the first ones take what is left over.
    private static List<object?> Slices(object? value, CallArguments given)
    {
        IReadOnlyList<object?> items = List(value, given);
        int count = (int)Math.Clamp(Whole(given.Get(0, "slices"), given.Line), 1, 10_000);
        object? fill = given.Get(1, "fill_with");
        var slices = new List<object?>();
        for (int i = 0, at = 0; i < count; i++)
        {
            int length = items.Count / count + (i < items.Count % count ? 1 : 0);
            List<object?> slice = [.. items.Skip(at).Take(length)];
            if (fill is not null && i >= items.Count % count)
                slice.Add(fill);
            slices.Add(slice);
            at += length;
        }
        return slices;
    }

    private static object? Map(object? value, CallArguments given, Budget budget)
    {
        if (given.Named.TryGetValue("attribute", out object? attribute))
        {
            return Some(value, given)
                .Select(i =>
                    Picked(i, attribute, given) is var picked
                    && picked is Undefined
                    && given.Named.TryGetValue("default", out object? otherwise)
                        ? otherwise
                        : picked
                )
                .ToList();
        }
        string name = Text(given.Get(0, "filter"));
        if (!Exists(name))
            throw new TemplateException(given.Line, $"the filter \"{name}\" is not supported.");
        CallArguments rest = given with { Positional = [.. given.Positional.Skip(1)] };
        return Some(value, given).Select(i => Run(name, i, rest, budget)).ToList();
    }

    private static bool Holds(object? value, CallArguments given, int from)
    {
        if (given.Positional.Count <= from)
            return Values.IsTrue(value);
        string name = Text(given.Positional[from]);
        if (!TypeTests.Exists(name))
            throw new TemplateException(given.Line, $"the test \"{name}\" is not supported.");
        return TypeTests.Run(name, value, given with { Positional = [.. given.Positional.Skip(from + 1)] });
    }

    // "a.b.0" goes through members and items.
    private static object? Picked(object? item, object? attribute, CallArguments given)
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

    private static object? Folded(object? value, object? caseSensitive) =>
        value is string text && !Values.IsTrue(caseSensitive) ? text.ToLowerInvariant() : value;

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();
}
