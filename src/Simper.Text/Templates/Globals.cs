namespace Simper.Text.Templates;

/// <summary>The functions available to every template.</summary>
internal static class Globals
{
    private const int LongestRange = 100_000; // as in Jinja's own sandbox

    public static Scope Scope(Budget budget, TimeProvider clock) =>
        new(
            null,
            name =>
                name switch
                {
                    "range" => new Callable("range", given => Range(given, budget)),
                    "dict" => new Callable("dict", given => Members(given)),
                    "namespace" => new Callable(
                        "namespace",
                        given =>
                        {
                            TemplateMap map = Members(given);
                            map[Evaluator.NamespaceKey] = true;
                            return map;
                        }
                    ),
                    "raise_exception" => new Callable(
                        "raise_exception",
                        given => throw new TemplateException(Values.ToText(given.Get(0, "message")))
                    ),
                    "strftime_now" => new Callable(
                        "strftime_now",
                        given => TimeText.Of(Values.ToText(given.Get(0, "format")), clock.GetLocalNow(), given.Line)
                    ),
                    "joiner" => new Callable("joiner", given => Joiner(given.Get(0, "sep", ", "))),
                    "cycler" => new Callable("cycler", given => Cycler(given)),
                    _ => null,
                }
        );

    // Nothing at the first call, the separator at every other.
    private static Callable Joiner(object? separator)
    {
        bool used = false;
        return new Callable(
            "joiner",
            _ =>
            {
                object? result = used ? separator : "";
                used = true;
                return result;
            }
        );
    }

    private static TemplateMap Cycler(CallArguments given)
    {
        IReadOnlyList<object?> values = given.Positional;
        if (values.Count == 0)
            throw new TemplateException(given.Line, "cycler needs values.");
        int at = 0;
        var map = new TemplateMap { ["current"] = values[0], [Evaluator.NamespaceKey] = true };
        map["next"] = new Callable(
            "next",
            _ =>
            {
                object? value = values[at];
                at = (at + 1) % values.Count;
                map["current"] = values[at];
                return value;
            }
        );
        map["reset"] = new Callable(
            "reset",
            _ =>
            {
                at = 0;
                map["current"] = values[0];
                return null;
            }
        );
        return map;
    }

    private static TemplateMap Members(CallArguments given)
    {
        var map = new TemplateMap();
        if (given.Get(0, "") is TemplateMap first)
        {
            foreach ((object key, object? value) in first)
                map[key] = value;
        }
        else if (given.Positional.Count > 0)
        {
            foreach (object? item in Values.Items(given.Positional[0], $"line {given.Line}: dict"))
            {
                map[
                    item is List<object?> { Count: 2 } pair && pair[0] is { } key and not (Undefined or TemplateMap)
                        ? key
                        : throw new TemplateException(given.Line, "dict takes a map, or pairs of a key and a value.")
                ] = pair[1];
            }
        }
        foreach ((string name, object? value) in given.Named)
            map[name] = value;
        return map;
    }

    private static List<object?> Range(CallArguments given, Budget budget)
    {
        long[] numbers =
        [
            .. given.Positional.Select(p =>
                p is long or bool ? Numbers.Clamped(p) : throw new TemplateException(given.Line, "range needs whole numbers.")
            ),
        ];
        (long start, long stop, long step) = numbers switch
        {
            [var a] => (0L, a, 1L),
            [var a, var b] => (a, b, 1L),
            [var a, var b, var c] when c != 0 => (a, b, c),
            _ => throw new TemplateException(given.Line, "range needs one to three whole numbers, the third not 0."),
        };
        double count = Math.Ceiling(((double)stop - start) / step);
        if (count > LongestRange)
            throw new TemplateException(given.Line, $"a range has at most {LongestRange} items.");
        budget.AllowItems(given.Line, (long)Math.Max(count, 0));
        return [.. Enumerable.Range(0, (int)Math.Max(count, 0)).Select(i => (object?)(start + i * step))];
    }
}
