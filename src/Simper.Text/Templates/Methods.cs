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
                result = TextMethods.Call(text, name, Markup.Unmarked(given), budget);
                return !ReferenceEquals(result, NotFound);
            case Markup markup:
                bool exists = TryCall(markup.Text, name, Markup.Filling(name, given), budget, out result);
                result = exists ? Markup.Result(name, result) : result;
                return exists;
            case TemplateMap map:
                return OfMap(map, name, given, out result);
            case List<object?> list:
                return OfList(list, name, given, out result);
            default:
                result = null;
                return false;
        }
    }

    /// <summary>
    /// The method of that name as a value, as Python finds it before (attributes) or after (items) the keys of a map; null if
    /// there is none.
    /// </summary>
    public static Callable? Bound(object? of, string name, Budget budget)
    {
        bool exists = of switch
        {
            string or Markup => TextMethods.Exists(name),
            TemplateMap map => name is "items" or "keys" or "values" or "get" or "copy"
                && !map.ContainsKey(Evaluator.NamespaceKey)
                && !map.ContainsKey(Evaluator.CallKey),
            TemplateTuple => name is "index" or "count",
            List<object?> => name is "index" or "count" or "copy",
            _ => false,
        };
        return exists ? new Callable(name, given => TryCall(of, name, given, budget, out object? result) ? result : null) : null;
    }

    public static List<object?> Pairs(TemplateMap map) => [.. map.Select(e => (object?)new TemplateTuple([e.Key, e.Value]))];

    public static string Strip(string text, string? characters, bool left, bool right)
    {
        bool Goes(char c) => characters is null ? PythonCharacters.IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
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
            int length = old.Length;
            if (length == 0)
            {
                length = at < text.Length ? CodePoints.At(text, at).Length : 1;
                result.Append(text.AsSpan(at, Math.Min(length, text.Length - at)));
            }
            at = next + length;
        }
        return at < text.Length ? result.Append(text, at, text.Length - at).ToString() : result.ToString();
    }

    public static string Center(string text, long width, string fill = " ")
    {
        int total = (int)Math.Clamp(width, 0, 100_000) - CodePoints.Count(text);
        int left = total / 2 + (int)(total & width & 1); // the odd space, where Python puts it
        return total <= 0 ? text : Filled(left, fill) + text + Filled(total - left, fill);
    }

    /// <summary>A character, repeated.</summary>
    public static string Filled(int count, string character) =>
        count <= 0 ? "" : new StringBuilder(character.Length * count).Insert(0, character, count).ToString();

    /// <summary>Upper case; where a letter becomes two, as Python does.</summary>
    public static string Upper(string text) =>
        text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal).Replace("ŉ", "ʼN", StringComparison.Ordinal);

    /// <summary>The filter title: the first letter after a blank, a hyphen or an opening bracket.</summary>
    public static string TitleWords(string text)
    {
        var result = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool parts =
                rune.Value is '-' or '(' or '{' or '[' or '<' || (rune.IsBmp && PythonCharacters.IsSpace((char)rune.Value));
            result.Append(inWord ? Rune.ToLowerInvariant(rune).ToString() : Upper(rune.ToString()));
            inWord = !parts;
        }
        return result.ToString();
    }

    /// <summary>The result of a call of a method that does not exist.</summary>
    public static readonly object NotFound = new();

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
}
