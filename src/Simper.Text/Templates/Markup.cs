namespace Simper.Text.Templates;

/// <summary>
/// A text that counts as escaped, as markupsafe has it: what the filters e, escape, forceescape and safe give, also where a
/// template is not escaped by itself. It is a text like any other, but what is added to it, or filled into it, is escaped.
/// </summary>
internal sealed record Markup(string Text)
{
    // Methods of Python's str whose results stay marked.
    private static readonly HashSet<string> Keeping =
    [
        "capitalize",
        "center",
        "expandtabs",
        "format",
        "join",
        "ljust",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "replace",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "strip",
        "swapcase",
        "title",
        "translate",
        "upper",
        "zfill",
    ];

    /// <summary>A value as if it had never been marked.</summary>
    public static object? Unmarked(object? value) => value is Markup markup ? markup.Text : value;

    /// <summary>Arguments as if they had never been marked.</summary>
    public static CallArguments Unmarked(CallArguments given) =>
        given.Positional.Any(a => a is Markup) || given.Named.Values.Any(a => a is Markup) ? Changed(given, Unmarked) : given;

    /// <summary>Its text with HTML's characters escaped; a marked one as it is.</summary>
    public static Markup Escape(object? value) => value as Markup ?? new Markup(Escaped(Values.ToText(value)));

    /// <summary>A text with HTML's characters escaped.</summary>
    public static string Escaped(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);

    /// <summary>Texts among the values escaped, and the elements of tuples and lists; all else as it is.</summary>
    public static object? WithEscapedTexts(object? value) =>
        value switch
        {
            string or Markup => Escape(value).Text,
            TemplateTuple tuple => new TemplateTuple(tuple.Select(WithEscapedTexts)),
            List<object?> list => list.Select(WithEscapedTexts).ToList(),
            _ => value,
        };

    /// <summary>The arguments that a method or filter of a marked text fills into it, escaped.</summary>
    public static CallArguments Filling(string method, CallArguments given) =>
        method switch
        {
            "format" or "join" => Changed(given, WithEscapedTexts),
            "replace" when given.Positional.Count > 1 => given with
            {
                Positional = [.. given.Positional.Select((a, i) => i == 1 ? WithEscapedTexts(a) : Unmarked(a))],
            },
            _ => Unmarked(given),
        };

    /// <summary>The result of a method of a marked text.</summary>
    public static object? Result(string method, object? result) => Keeping.Contains(method) ? Marked(result) : result;

    /// <summary>A text, or the texts of a list, marked.</summary>
    public static object? Marked(object? value) =>
        value switch
        {
            string text => new Markup(text),
            TemplateTuple tuple => new TemplateTuple(tuple.Select(Marked)),
            List<object?> list => list.Select(Marked).ToList(),
            _ => value,
        };

    private static CallArguments Changed(CallArguments given, Func<object?, object?> change) =>
        given with
        {
            Positional = [.. given.Positional.Select(change)],
            Named = given.Named.ToDictionary(a => a.Key, a => change(a.Value)),
        };
}
