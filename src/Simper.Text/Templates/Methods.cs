using System.Globalization;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>The methods of strings, lists and maps that modify nothing.</summary>
internal static class Methods
{
    /// <summary>Calls a method if the value has one of that name.</summary>
    public static bool TryCall(object? of, string name, CallArguments given, Budget budget, out object? result)
    {
        switch (of)
        {
            case string text:
                budget.Allow(given.Line, text.Length);
                return OfText(text, name, given, budget, out result);
            case TemplateMap map:
                return OfMap(map, name, given, out result);
            case List<object?> list:
                return OfList(list, name, given, out result);
            default:
                result = null;
                return false;
        }
    }

    public static List<object?> Pairs(TemplateMap map) => [.. map.Select(e => (object?)new TemplateTuple([e.Key, e.Value]))];

    public static string Strip(string text, string? characters, bool left, bool right)
    {
        bool Goes(char c) => characters is null ? IsBlank(c) : characters.Contains(c, StringComparison.Ordinal);
        int start = 0;
        int end = text.Length;
        while (left && start < end && Goes(text[start]))
            start++;
        while (right && end > start && Goes(text[end - 1]))
            end--;
        return text[start..end];
    }

    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(inWord ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune));
            inWord = Rune.IsLetter(rune);
        }
        return result.ToString();
    }

    public static string Capitalize(string text) =>
        text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    public static string Replace(string text, string old, string replacement, long? count, Budget budget, int line)
    {
        long most = count is null or < 0 ? long.MaxValue : count.Value;
        long found = old.Length == 0 ? text.Length + 1 : text.Length / Math.Max(old.Length, 1);
        budget.Allow(line, text.Length + Math.Min(found, most) * replacement.Length);
        if (old.Length > 0 && most == long.MaxValue)
            return text.Replace(old, replacement, StringComparison.Ordinal);
        var result = new StringBuilder();
        int at = 0;
        while (most-- > 0)
        {
            int next = old.Length == 0 ? at : text.IndexOf(old, at, StringComparison.Ordinal);
            if (next < 0 || (old.Length == 0 && at > text.Length))
                break;
            result.Append(text, at, next - at).Append(replacement);
            if (old.Length == 0 && at < text.Length)
                result.Append(text[at]);
            at = next + Math.Max(old.Length, 1);
        }
        return at < text.Length ? result.Append(text, at, text.Length - at).ToString() : result.ToString();
    }

    public static string Center(string text, long width)
    {
        int total = (int)Math.Clamp(width, 0, 100_000) - CodePoints.Count(text);
        int left = total / 2 + (int)(total & width & 1); // the odd space, where Python puts it
        return total <= 0 ? text : new string(' ', left) + text + new string(' ', total - left);
    }

    private static bool OfText(string text, string name, CallArguments given, Budget budget, out object? result)
    {
        string? first = given.Positional.Count > 0 ? given.Positional[0] as string : null;
        result = name switch
        {
            "strip" => Strip(text, first, left: true, right: true),
            "lstrip" => Strip(text, first, left: true, right: false),
            "rstrip" => Strip(text, first, left: false, right: true),
            "lower" or "casefold" => text.ToLowerInvariant(),
            "upper" => text.ToUpperInvariant(),
            "title" => Title(text),
            "capitalize" => Capitalize(text),
            "swapcase" => string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
            "startswith" => Any(given, text.StartsWith),
            "endswith" => Any(given, text.EndsWith),
            "removeprefix" => text.StartsWith(Needed(given), StringComparison.Ordinal) ? text[Needed(given).Length..] : text,
            "removesuffix" => text.EndsWith(Needed(given), StringComparison.Ordinal) ? text[..^Needed(given).Length] : text,
            "replace" => Replace(
                text,
                Needed(given),
                given.Get(1, "new") as string ?? throw Missing(given),
                given.Get(2, "count") as long?,
                budget,
                given.Line
            ),
            "split" => Split(text, given, fromRight: false),
            "rsplit" => Split(text, given, fromRight: true),
            "splitlines" => Lines(text, Values.IsTrue(given.Get(0, "keepends"))),
            "join" => Joined(text, given, budget),
            "find" => Find(text, text.IndexOf(Needed(given), StringComparison.Ordinal)),
            "rfind" => Find(text, text.LastIndexOf(Needed(given), StringComparison.Ordinal)),
            "index" => Find(text, text.IndexOf(Needed(given), StringComparison.Ordinal)) is >= 0 and var at
                ? at
                : throw new TemplateException(given.Line, "the text is not found."),
            "count" => (long)(Needed(given).Length == 0 ? CodePoints.Count(text) + 1 : text.Split(Needed(given)).Length - 1),
            "format" => BraceFormat.Fill(text, given),
            "isdigit" or "isdecimal" or "isnumeric" => text.Length > 0 && text.All(char.IsDigit),
            "isalpha" => text.Length > 0 && text.All(char.IsLetter),
            "isalnum" => text.Length > 0 && text.All(char.IsLetterOrDigit),
            "isspace" => text.Length > 0 && text.All(IsBlank),
            "isupper" => text.Any(char.IsLetter) && text == text.ToUpperInvariant(),
            "islower" => text.Any(char.IsLetter) && text == text.ToLowerInvariant(),
            "zfill" => text.Length > 0 && text[0] is '-' or '+'
                ? text[0] + Padding(text, given, "0") + text[1..]
                : Padding(text, given, "0") + text,
            "ljust" => text + Padding(text, given),
            "rjust" => Padding(text, given) + text,
            "center" => Center(text, Width(given)),
            "partition" => Partition(
                text,
                Needed(given),
                text.IndexOf(Needed(given), StringComparison.Ordinal),
                missingFirst: true
            ),
            "rpartition" => Partition(
                text,
                Needed(given),
                text.LastIndexOf(Needed(given), StringComparison.Ordinal),
                missingFirst: false
            ),
            _ => NotFound,
        };
        return !ReferenceEquals(result, NotFound);
    }

    private static readonly object NotFound = new();

    private static bool OfMap(TemplateMap map, string name, CallArguments given, out object? result)
    {
        // A key of that name hides a method only if it is callable.
        if (map.TryGetValue(name, out object? own) && own is Callable)
        {
            result = null;
            return false;
        }
        result = name switch
        {
            "items" => Pairs(map),
            "keys" => map.Keys.Cast<object?>().ToList(),
            "values" => map.Values.ToList(),
            "get" => given.Get(0, "key") is { } key and not Undefined && map.TryGetValue(key, out object? value)
                ? value
                : given.Get(1, "default"),
            "copy" => CopyOf(map),
            "update" or "pop" or "clear" or "setdefault" or "popitem" => throw Changing(name, given),
            _ => NotFound,
        };
        return !ReferenceEquals(result, NotFound);
    }

    private static bool OfList(List<object?> list, string name, CallArguments given, out object? result)
    {
        result = name switch
        {
            "index" => list.FindIndex(i => Values.AreEqual(i, given.Get(0, "value"))) is >= 0 and var at
                ? (long)at
                : throw new TemplateException(given.Line, "the value is not in the list."),
            "count" => (long)list.Count(i => Values.AreEqual(i, given.Get(0, "value"))),
            "copy" => new List<object?>(list),
            "append" or "extend" or "insert" or "pop" or "remove" or "reverse" or "sort" or "clear" => throw Changing(
                name,
                given
            ),
            _ => NotFound,
        };
        return !ReferenceEquals(result, NotFound);
    }

    private static TemplateMap CopyOf(TemplateMap map)
    {
        var copy = new TemplateMap();
        foreach ((object key, object? value) in map)
            copy[key] = value;
        return copy;
    }

    private static TemplateException Changing(string name, CallArguments given) =>
        new(given.Line, $"{name} would change a value, which templates may not.");

    private static TemplateException Missing(CallArguments given) => new(given.Line, "the method needs a text.");

    private static string Needed(CallArguments given) =>
        given.Positional.Count > 0 && given.Positional[0] is string text ? text : throw Missing(given);

    private static int Width(CallArguments given) =>
        given.Positional.Count > 0 && given.Positional[0] is long width
            ? (int)Math.Clamp(width, 0, 100_000)
            : throw new TemplateException(given.Line, "the method needs a width.");

    private static string Padding(string text, CallArguments given, string otherwise = " ") =>
        string.Concat(
            Enumerable.Repeat(given.Get(1, "fillchar") as string ?? otherwise, Math.Max(0, Width(given) - CodePoints.Count(text)))
        );

    private static bool Any(CallArguments given, Func<string, StringComparison, bool> test) =>
        given.Get(0, "prefix") switch
        {
            string text => test(text, StringComparison.Ordinal),
            List<object?> several => several.Any(s => s is string text && test(text, StringComparison.Ordinal)),
            _ => throw Missing(given),
        };

    // Indices count characters, not UTF-16 units.
    private static long Find(string text, int at) => at < 0 ? -1 : CodePoints.Count(text[..at]);

    private static List<object?> Split(string text, CallArguments given, bool fromRight)
    {
        object? separator = given.Get(0, "sep");
        long most = given.Get(1, "maxsplit") is long m && m >= 0 ? m : int.MaxValue;
        if (separator is null or Undefined)
        {
            string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return most >= words.Length ? [.. words] : [.. words.Take((int)most), string.Join(' ', words.Skip((int)most))];
        }
        if (separator is not string { Length: > 0 } by)
            throw new TemplateException(given.Line, "split needs a separator that is not empty.");
        string[] parts = text.Split(by);
        if (parts.Length - 1 <= most)
            return [.. parts];
        return fromRight
            ? [string.Join(by, parts[..^(int)most]), .. parts[^(int)most..]]
            : [.. parts[..(int)most], string.Join(by, parts[(int)most..])];
    }

    private static List<object?> Lines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        for (int start = 0; start < text.Length; )
        {
            int end = text.AsSpan(start).IndexOfAny("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");
            int stop = end < 0 ? text.Length : start + end;
            int next =
                end < 0 ? text.Length
                : text.AsSpan(stop).StartsWith("\r\n") ? stop + 2
                : stop + 1;
            lines.Add(text[start..(keepEnds ? next : stop)]);
            start = next;
        }
        return lines;
    }

    private static string Joined(string separator, CallArguments given, Budget budget)
    {
        string[] parts =
        [
            .. Values
                .Items(given.Get(0, "iterable"), $"line {given.Line}: join")
                .Select(i =>
                    i as string ?? throw new TemplateException(given.Line, $"join puts texts together, not {Values.Kind(i)}.")
                ),
        ];
        budget.Allow(given.Line, parts.Sum(p => (long)p.Length) + (long)separator.Length * parts.Length);
        return string.Join(separator, parts);
    }

    private static List<object?> Partition(string text, string by, int at, bool missingFirst) =>
        new TemplateTuple(
            at >= 0 ? [text[..at], by, text[(at + by.Length)..]]
            : missingFirst ? [text, "", ""]
            : ["", "", text]
        );

    // What str.strip() removes: also the four separators that .NET does not.
    private static bool IsBlank(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';
}
