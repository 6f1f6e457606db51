using System.Collections.Frozen;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>The methods of strings.</summary>
internal static class TextMethods
{
    private static readonly FrozenDictionary<string, Func<string, CallArguments, Budget, object?>> All = new Dictionary<
        string,
        Func<string, CallArguments, Budget, object?>
    >
    {
        ["strip"] = (t, a, _) => Methods.Strip(t, Characters(a), left: true, right: true),
        ["lstrip"] = (t, a, _) => Methods.Strip(t, Characters(a), left: true, right: false),
        ["rstrip"] = (t, a, _) => Methods.Strip(t, Characters(a), left: false, right: true),
        ["lower"] = (t, _, _) => t.ToLowerInvariant(),
        ["casefold"] = (t, _, _) => t.ToLowerInvariant().Replace("ß", "ss", StringComparison.Ordinal),
        ["upper"] = (t, _, _) => Methods.Upper(t),
        ["title"] = (t, _, _) => Methods.Title(t),
        ["capitalize"] = (t, _, _) => Methods.Capitalize(t),
        ["swapcase"] = (t, _, _) =>
            string.Concat(t.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c).ToString() : Methods.Upper(c.ToString()))),
        ["startswith"] = (t, a, _) => Any(t, a, (x, y) => x.StartsWith(y, StringComparison.Ordinal)),
        ["endswith"] = (t, a, _) => Any(t, a, (x, y) => x.EndsWith(y, StringComparison.Ordinal)),
        ["removeprefix"] = (t, a, _) => t.StartsWith(Needed(a), StringComparison.Ordinal) ? t[Needed(a).Length..] : t,
        ["removesuffix"] = (t, a, _) => t.EndsWith(Needed(a), StringComparison.Ordinal) ? t[..^Needed(a).Length] : t,
        ["replace"] = (t, a, b) =>
            Methods.Replace(t, Needed(a), a.Get(1, "new") as string ?? throw Missing(a), a.Get(2, "count") as long?, b, a.Line),
        ["split"] = (t, a, _) => TextPieces.Split(t, a, fromRight: false),
        ["rsplit"] = (t, a, _) => TextPieces.Split(t, a, fromRight: true),
        ["splitlines"] = (t, a, _) => TextPieces.Lines(t, Values.IsTrue(a.Get(0, "keepends"))),
        ["join"] = Joined,
        ["find"] = (t, a, _) => Find(t, a, last: false),
        ["rfind"] = (t, a, _) => Find(t, a, last: true),
        ["index"] = (t, a, _) => Found(t, a, last: false),
        ["rindex"] = (t, a, _) => Found(t, a, last: true),
        ["count"] = (t, a, _) => Count(t, a),
        ["format"] = (t, a, _) => BraceFormat.Fill(t, a),
        ["isdigit"] = (t, _, _) => PythonCharacters.IsDigits(t),
        ["isdecimal"] = (t, _, _) => PythonCharacters.IsDecimals(t),
        ["isnumeric"] = (t, _, _) => t.Length > 0 && t.All(char.IsNumber),
        ["isalpha"] = (t, _, _) => t.Length > 0 && t.EnumerateRunes().All(Rune.IsLetter),
        ["isalnum"] = (t, _, _) => t.Length > 0 && t.EnumerateRunes().All(Rune.IsLetterOrDigit),
        ["isascii"] = (t, _, _) => Ascii.IsValid(t),
        ["isspace"] = (t, _, _) => t.Length > 0 && t.All(PythonCharacters.IsSpace),
        ["isupper"] = (t, _, _) => PythonCharacters.IsUpper(t),
        ["islower"] = (t, _, _) => PythonCharacters.IsLower(t),
        ["istitle"] = (t, _, _) => t.Any(char.IsLetter) && t == Methods.Title(t),
        ["zfill"] = (t, a, _) => t.Length > 0 && t[0] is '-' or '+' ? t[0] + Padding(t, a, "0") + t[1..] : Padding(t, a, "0") + t,
        ["ljust"] = (t, a, _) => t + Padding(t, a),
        ["rjust"] = (t, a, _) => Padding(t, a) + t,
        ["center"] = (t, a, _) => Methods.Center(t, Width(a), Fill(a, " ")),
        ["partition"] = (t, a, _) =>
            TextPieces.Partition(t, Needed(a), t.IndexOf(Needed(a), StringComparison.Ordinal), missingFirst: true),
        ["rpartition"] = (t, a, _) =>
            TextPieces.Partition(t, Needed(a), t.LastIndexOf(Needed(a), StringComparison.Ordinal), missingFirst: false),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Exists(string name) => All.ContainsKey(name);

    /// <summary>Calls a method; <see cref="Methods.NotFound"/> if there is none of that name.</summary>
    public static object? Call(string text, string name, CallArguments given, Budget budget) =>
        All.TryGetValue(name, out Func<string, CallArguments, Budget, object?>? method)
            ? method(text, given, budget)
            : Methods.NotFound;

    private static TemplateException Missing(CallArguments given) => new(given.Line, "the method needs a text.");

    private static string? Characters(CallArguments given) =>
        given.Positional.Count == 0 ? null
        : given.Positional[0] is null or string ? (string?)given.Positional[0]
        : throw Missing(given);

    private static string Needed(CallArguments given) =>
        given.Positional.Count > 0 && given.Positional[0] is string text ? text : throw Missing(given);

    private static int Width(CallArguments given) =>
        given.Positional.Count > 0 && given.Positional[0] is long width
            ? (int)Math.Clamp(width, 0, 100_000)
            : throw new TemplateException(given.Line, "the method needs a width.");

    private static string Fill(CallArguments given, string otherwise) => given.Get(1, "fillchar") as string ?? otherwise;

    private static string Padding(string text, CallArguments given, string otherwise = " ") =>
        Methods.Filled(Width(given) - CodePoints.Count(text), Fill(given, otherwise));

    private static bool Any(string text, CallArguments given, Func<string, string, bool> test)
    {
        (string Text, long Start)? window = TextPieces.Window(text, given);
        bool Holds(string part) => window is { } w && test(w.Text, part);
        return given.Get(0, "prefix") switch
        {
            string part => Holds(part),
            List<object?> several => several.Any(s => s is string part && Holds(part)),
            _ => throw Missing(given),
        };
    }

    // Indices count characters, not UTF-16 units.
    private static long Find(string text, CallArguments given, bool last)
    {
        string part = Needed(given);
        if (TextPieces.Window(text, given) is not (string within, long start))
            return -1;
        int at = last ? within.LastIndexOf(part, StringComparison.Ordinal) : within.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : start + CodePoints.Count(within[..at]);
    }

    private static long Found(string text, CallArguments given, bool last) =>
        Find(text, given, last) is >= 0 and var at ? at : throw new TemplateException(given.Line, "the text is not found.");

    private static long Count(string text, CallArguments given)
    {
        string part = Needed(given);
        return TextPieces.Window(text, given) is not (string within, _) ? 0
            : part.Length == 0 ? CodePoints.Count(within) + 1
            : within.Split(part).Length - 1;
    }

    private static string Joined(string separator, CallArguments given, Budget budget)
    {
        string[] parts =
        [
            .. Values
                .Items(given.Get(0, "iterable"), $"line {given.Line}: join")
                .Select(i =>
                    Markup.Unmarked(i) as string
                    ?? throw new TemplateException(given.Line, $"join puts texts together, not {Values.Kind(i)}.")
                ),
        ];
        budget.Allow(given.Line, parts.Sum(p => (long)p.Length) + (long)separator.Length * parts.Length);
        return string.Join(separator, parts);
    }
}
