using System.Globalization;
using System.Text;

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
                        given => Time(Values.ToText(given.Get(0, "format")), clock.GetLocalNow(), given.Line)
                    ),
                    _ => null,
                }
        );

    private static TemplateMap Members(CallArguments given)
    {
        var map = new TemplateMap();
        if (given.Get(0, "") is TemplateMap first)
        {
            foreach ((object key, object? value) in first)
                map[key] = value;
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
        budget.Allow(given.Line, (long)Math.Max(count, 0) * 8);
        return [.. Enumerable.Range(0, (int)Math.Max(count, 0)).Select(i => (object?)(start + i * step))];
    }

    private static string Time(string format, DateTimeOffset now, int line)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            bool unpadded = format[i + 1] == '-' && i + 2 < format.Length;
            i += unpadded ? 2 : 1;
            string part = Part(format[i], now, line);
            text.Append(
                unpadded && part.Length > 1
                    ? part.TrimStart('0') is { Length: > 0 } trimmed
                        ? trimmed
                        : "0"
                    : part
            );
        }
        return text.ToString();
    }

    private static string Part(char code, DateTimeOffset now, int line) =>
        code switch
        {
            'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
            'y' => now.ToString("yy", CultureInfo.InvariantCulture),
            'm' => now.ToString("MM", CultureInfo.InvariantCulture),
            'd' => now.ToString("dd", CultureInfo.InvariantCulture),
            'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'H' => now.ToString("HH", CultureInfo.InvariantCulture),
            'I' => now.ToString("hh", CultureInfo.InvariantCulture),
            'M' => now.ToString("mm", CultureInfo.InvariantCulture),
            'S' => now.ToString("ss", CultureInfo.InvariantCulture),
            'p' => now.ToString("tt", CultureInfo.InvariantCulture),
            'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
            'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
            'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
            'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
            'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            '%' => "%",
            _ => throw new TemplateException(line, $"strftime_now does not know %{code}."),
        };
}
