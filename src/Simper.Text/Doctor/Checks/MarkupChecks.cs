using System.Text.RegularExpressions;

namespace Simper.Text.Doctor.Checks;

/// <summary>Traces of other encodings in texts: UTF-8 read as Latin-1, entities and tags of HTML, escapes.</summary>
internal sealed partial class MarkupChecks : IRowCheck
{
    public static readonly Check BrokenUtf8 = new(
        "mojibake",
        Grade.Warning,
        "UTF-8 was read as Latin-1 or Windows-1252 (\"\u00c3\u00a9\" where \"\u00e9\" was)",
        "The model learns to write it.",
        "Read the source as UTF-8; the text can be turned back."
    )
    {
        IsMended = true,
    };

    public static readonly Check Entities = new(
        "html-entities",
        Grade.Warning,
        "entities of HTML (&amp;, &quot;, &#39;, ...) stand in a text that is not about HTML",
        "The text was taken from a page and not unescaped; the model learns to write entities.",
        "Unescape it (Python: html.unescape)."
    );

    public static readonly Check Tags = new(
        "html-tags",
        Grade.Note,
        "tags of HTML (<p>, <br>, <div>, ...) stand in a text",
        "Answers that were taken from pages teach the model to write HTML.",
        "Turn it into plain text or Markdown, unless HTML was asked for."
    );

    public static readonly Check Escapes = new(
        "literal-escapes",
        Grade.Warning,
        "a text has escapes (\\n, \\u00e9) in place of the characters",
        "The text was escaped twice; the model learns to write backslashes.",
        "Unescape it once more where the data is made."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [BrokenUtf8, Entities, Tags, Escapes];

    private const int FewestEscapes = 3;

    public void Look(ExaminedRow row)
    {
        foreach (RowText text in row.Texts)
        {
            if (Mojibake.First(text.Text) is { } broken)
                row.Add(BrokenUtf8, $"{row.Where(text)}: {broken}");
            LookForMarkup(row, text);
            if (EscapeIn(text.Text) is { } escape)
                row.Add(Escapes, $"{row.Where(text)}: {escape}");
        }
    }

    private static void LookForMarkup(ExaminedRow row, RowText text)
    {
        bool isOpen = text.Text.Contains('<', StringComparison.Ordinal);
        if (isOpen && !text.Text.Contains("```", StringComparison.Ordinal) && Tag().Count(text.Text) >= 2)
            row.Add(Tags, $"{row.Where(text)}: {Tag().Match(text.Text).Value}");
        // Where tags or code stand, entities belong to them.
        if (
            !isOpen
            && text.Text.Contains('&', StringComparison.Ordinal)
            && !text.Text.Contains('`', StringComparison.Ordinal)
            && !text.Text.Contains("HTML", StringComparison.OrdinalIgnoreCase)
            && Entity().Match(text.Text) is { Success: true } entity
        )
            row.Add(Entities, $"{row.Where(text)}: {entity.Value}");
    }

    // Code has escapes in quotes, and lines; a text that was escaped twice has no line end at all.
    private static string? EscapeIn(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal) || text.Contains('\n', StringComparison.Ordinal))
            return null;
        if (text.Contains("\\n\\n", StringComparison.Ordinal))
            return "\\n\\n";
        if (Unicode().Match(text) is { Success: true } code)
            return code.Value;
        int count = 0;
        for (
            int at = text.IndexOf("\\n", StringComparison.Ordinal);
            at >= 0;
            at = text.IndexOf("\\n", at + 2, StringComparison.Ordinal)
        )
            count += at + 2 < text.Length && char.IsAsciiLetterLower(text[at + 2]) ? 0 : 1; // \nu, \neq are LaTeX
        return count >= FewestEscapes ? "\\n" : null;
    }

    [GeneratedRegex(
        @"</?(?:p|br|div|span|li|ul|ol|a|blockquote|h[1-6]|td|tr|table|strong|em)(?:\s[^<>]{0,200})?/?>",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Tag();

    [GeneratedRegex(
        @"&(?:amp|lt|gt|quot|apos|nbsp|ndash|mdash|hellip|rsquo|lsquo|ldquo|rdquo|copy|eacute|#\d{2,6}|#x[0-9a-fA-F]{2,6});"
    )]
    private static partial Regex Entity();

    [GeneratedRegex(@"\\u[0-9a-fA-F]{4}")]
    private static partial Regex Unicode();
}
