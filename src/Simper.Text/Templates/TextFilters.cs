using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>Jinja's filters of texts.</summary>
internal static partial class TextFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
        new Dictionary<string, Filter>
        {
            ["trim"] = (v, a, _) => Methods.Strip(Text(v), a.Get(0, "chars") as string, left: true, right: true),
            ["lower"] = (v, _, _) => Text(v).ToLowerInvariant(),
            ["upper"] = (v, _, _) => Methods.Upper(Text(v)),
            ["title"] = (v, _, _) => Methods.TitleWords(Text(v)),
            ["capitalize"] = (v, _, _) => Methods.Capitalize(Text(v)),
            ["string"] = (v, _, _) => Text(v),
            ["safe"] = (v, _, _) => v is Undefined or Markup ? v : new Markup(Text(v)),
            ["e"] = (v, _, _) => Markup.Escape(v),
            ["escape"] = (v, _, _) => Markup.Escape(v),
            ["forceescape"] = (v, _, _) => new Markup(Markup.Escaped(Text(v))),
            ["wordcount"] = (v, _, _) => (long)Words().Count(Text(v)),
            ["replace"] = (v, a, b) =>
                Methods.Replace(Text(v), Text(a.Get(0, "old")), Text(a.Get(1, "new")), a.Get(2, "count") as long?, b, a.Line),
            ["regex_replace"] = (v, a, _) => RegexReplaced(Text(v), a),
            ["indent"] = (v, a, b) => Indent(Text(v), a, b),
            ["format"] = (v, a, _) =>
                PercentFormat.Fill(Text(v), a.Named.Count == 0 ? new TemplateTuple(a.Positional) : Filters.Map(a.Named), a.Line),
            ["center"] = (v, a, _) => Methods.Center(Text(v), Filters.Whole(a.Get(0, "width", 80L), a.Line)),
            ["truncate"] = (v, a, _) => Truncate(Text(v), a),
        };

    private static string Text(object? value) => Values.ToText(value);

    // Of evaluation tasks: Python's re.sub.
    private static string RegexReplaced(string text, CallArguments given)
    {
        try
        {
            long count = Filters.Whole(given.Get(2, "count", 0L), given.Line);
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
        string indent = width is string s ? s : new string(' ', (int)Math.Clamp(Filters.Whole(width, given.Line), 0, 1000));
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
        long length = Filters.Whole(given.Get(0, "length", 255L), given.Line);
        long leeway = Filters.Whole(given.Get(3, "leeway", 5L), given.Line);
        string end = Text(given.Get(2, "end", "..."));
        if (CodePoints.Count(text) <= length + leeway)
            return text;
        string cut = (string)Slicing.Apply(text, null, Math.Max(0, length - CodePoints.Count(end)), null, given.Line)!;
        if (!Values.IsTrue(given.Get(1, "killwords")) && cut.LastIndexOf(' ') is >= 0 and var space)
            cut = cut[..space];
        return cut + end;
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();
}
