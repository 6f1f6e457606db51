namespace Simper.Text.Templates;

/// <summary>Jinja's filters of lists and maps.</summary>
internal static class SequenceFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
        new Dictionary<string, Filter>
        {
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
                    .DistinctBy(
                        i => Folded(Filters.Picked(i, a.Get(1, "attribute"), a), a.Get(0, "case_sensitive")),
                        ValueComparer.Instance!
                    )
                    .ToList(),
            ["min"] = (v, a, _) => Extreme(v, a, -1),
            ["max"] = (v, a, _) => Extreme(v, a, 1),
            ["sum"] = (v, a, b) =>
                List(v, a)
                    .Aggregate(
                        a.Get(1, "start", 0L),
                        (x, y) => new Operators(b).Binary("+", x, Filters.Picked(y, a.Get(0, "attribute"), a), a.Line)
                    ),
            ["map"] = Map,
            ["select"] = (v, a, _) => Some(v, a).Where(i => Holds(i, a, 0)).ToList(),
            ["reject"] = (v, a, _) => Some(v, a).Where(i => !Holds(i, a, 0)).ToList(),
            ["selectattr"] = (v, a, _) =>
                Some(v, a).Where(i => Holds(Filters.Picked(i, a.Get(0, "attribute"), a), a, 1)).ToList(),
            ["rejectattr"] = (v, a, _) =>
                Some(v, a).Where(i => !Holds(Filters.Picked(i, a.Get(0, "attribute"), a), a, 1)).ToList(),
            ["groupby"] = GroupBy,
            ["batch"] = (v, a, _) => Batch(v, a),
            ["slice"] = (v, a, _) => Slices(v, a),
        };

    private static string Text(object? value) => Values.ToText(value);

    private static IReadOnlyList<object?> List(object? value, CallArguments given) =>
        Values.Items(value, $"line {given.Line}: the filter");

    // map, select and the like pass over anything that counts as false.
    private static IReadOnlyList<object?> Some(object? value, CallArguments given) =>
        Values.IsTrue(value) ? List(value, given) : [];

    // The first of equal ones, as in Python.
    private static object? Extreme(object? value, CallArguments given, int sign)
    {
        object? KeyOf(object? item) =>
            Folded(Filters.Picked(item, given.Get(1, "attribute"), given), given.Get(0, "case_sensitive"));
        IReadOnlyList<object?> items = List(value, given);
        return items.Count == 0
            ? new Undefined(sign < 0 ? "the least of nothing" : "the greatest of nothing")
            : items.Aggregate((x, y) => Values.Order(KeyOf(y), KeyOf(x)) * sign > 0 ? y : x);
    }

    private static string Join(object? value, CallArguments given, Budget budget)
    {
        string[] parts = [.. List(value, given).Select(i => Text(Filters.Picked(i, given.Get(1, "attribute"), given)))];
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
            attributes.Select(a => Folded(Filters.Picked(item, a, given), given.Get(1, "case_sensitive"))).ToList();
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
            Filters.Picked(item, attribute, given) switch
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
        int size = (int)Math.Clamp(Filters.Whole(given.Get(0, "linecount"), given.Line), 1, int.MaxValue);
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
        int count = (int)Math.Clamp(Filters.Whole(given.Get(0, "slices"), given.Line), 1, 10_000);
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
                    Filters.Picked(i, attribute, given) is var picked
                    && picked is Undefined
                    && given.Named.TryGetValue("default", out object? otherwise)
                        ? otherwise
                        : picked
                )
                .ToList();
        }
        string name = Text(given.Get(0, "filter"));
        if (!Filters.Exists(name))
            throw new TemplateException(given.Line, $"the filter \"{name}\" is not supported.");
        CallArguments rest = given with { Positional = [.. given.Positional.Skip(1)] };
        return Some(value, given).Select(i => Filters.Run(name, i, rest, budget)).ToList();
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

    private static object? Folded(object? value, object? caseSensitive) =>
        value is string text && !Values.IsTrue(caseSensitive) ? text.ToLowerInvariant() : value;
}
