using System.Text.RegularExpressions;

namespace Simper.Benchmarks.Mathematics;

/// <summary>Makes one notation of the many in which models write LaTeX, and takes units away, as math_verify does.</summary>
internal static partial class LatexCleaning
{
    private const string Units =
        "integerpoint feet sue digit pound meal edge student multiple east degree mph kmph ft deg mile monkey "
        + "prime ratio rd o gm lb tile per dm lt gain ab way west t h men soldier pie bc excess st inches noon cent "
        + "by gal kmh c acre rise th sq mark l toy coin gallon profit minw yr women am pm hr square are rupee rounds "
        + "cubic cc mtr s ohm number day hour minute min second man woman sec cube mt mp hectare more unit rs kg g "
        + "month km m cm mm apple liter loss yard pure year increase decrease d less Surface litre metre meter inch";

    private static readonly string[] UnitsOfTwo =
    [
        "children ticket",
        "m square",
        " m east",
        "sq m",
        "profit of rs",
        "no change",
        "cu cm",
        "sq inch",
        "cm 2",
        "pi sq m",
    ];

    private static readonly Regex Unit = new(
        $@"(\d|\}}|\s)\s*(?:{string.Join('|', Units.Split(' ').Concat(UnitsOfTwo))})(?:s|es)?\s*$"
    );

    private static readonly (Regex Pattern, string With)[] Notation =
    [
        (new(@"\\m?left(?=\\\{|[{|\[(]|\\\||\\l?vert|\\lceil|\\lfloor|\\langle|\\lbr)"), ""),
        (new(@"\\m?right(?=\\\}|[}|\])]|\\\||\\r?vert|\\rceil|\\rfloor|\\rangle|\\rbr)"), ""),
        (new(@"\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\\$|\$|(?<!\\)[""']|\\displaystyle"), ""),
        (new(@"\\math(?:rm|it|bf)|\\text(?:normal|bf|it|rm)"), @"\text"),
        (new(@"\\(?:d|t|c)frac"), @"\frac"),
        (new(@"\s\."), " 0."),
        (new(@"\{\."), "{0."),
        (new(@"\s*\{\s*,\s*\}"), ","),
        (new(@"(?<![a-zA-Z]),?\s*(?:and|or)(?![a-zA-Z])|,?\s*\\text{\s*(?:and|or)\s*}"), ","),
        (new(@"(?<!\\)\\\s"), " "),
        (new("infinity"), @"\infty"),
        (new(@",?\\ldots"), " "),
        (new(@"\\text{(?:percentage|percent|pct)}"), "%"),
        (new(@"\s*\b(?:percentage|percent|pct)\b"), @"\%"),
        (new(@"(?<!\\)inf(?!inity|ty)"), @"\infty"),
        (new(" sqrt"), @"\sqrt"),
        (new("[\n\t]"), " "),
    ];

    private static readonly (Regex Pattern, string With)[] Shorthand =
    [
        (new(@"\^\s?\((.*?)\)"), "^{$1}"),
        (new(@"sqrt\s?\((.*?)\)"), @"\sqrt{$1}"),
        (new(@"\\frac\s?(\d)\s?(\d+)"), @"\frac{$1}{$2}"),
        (new(@"\\log_\s?(\d)\s?(\d+)"), @"\log_{$1}{$2}"),
        (new(@"\\frac\s?{(.*?)}\s?(\d)"), @"\frac{$1}{$2}"),
        (new(@"\\frac\s?(\d)\s?{(.*?)}"), @"\frac{$1}{$2}"),
        (new(@"\\sqrt\s?([^{\[\s])"), @"\sqrt{$1}"),
        (new(@"\\frac\s*([^{\s])([^{\s])"), @"\frac{$1}{$2}"),
        (new(@"\\frac\s*([^{\s])(?={)"), @"\frac{$1}"),
    ];

    /// <summary>The formula in one notation, out of its boxes.</summary>
    /// <param name="text">The formula.</param>
    /// <param name="lastBox">Whether only the last of several boxes counts, with those that a comma or "and" joins to it.</param>
    public static string Cleaned(string text, bool lastBox)
    {
        text = Boxes(text, lastBox);
        foreach ((Regex pattern, string with) in Notation)
            text = pattern.Replace(text, with);
        if (!text.Contains("matrix", StringComparison.Ordinal))
            text = DoubledCommand().Replace(text, @"\");
        text = NonEmpty(UnitInText().Replace(text, "").Trim(), text);
        for (int i = 0; i < 2; i++)
            text = NonEmpty(Unit.Replace(text, "$1"), text);
        text = text.StartsWith('.') ? "0" + text : text;
        text = text == "0.5" ? @"\frac{1}{2}" : text;
        foreach ((Regex pattern, string with) in Shorthand)
            text = pattern.Replace(text, with);
        return text.Trim();
    }

    private static string NonEmpty(string shorter, string text) => shorter.Length > 0 ? shorter : text;

    // From the last box backwards.
    private static string Boxes(string text, bool lastBox)
    {
        List<string> found = [];
        int end = text.Length;
        int next = -1; // where the box found before begins
        while (LastBox(text[..end]) is { } at)
        {
            int open = at + (text[at + 1] == 'b' ? "\\boxed" : "\\fbox").Length;
            while (open < end && char.IsWhiteSpace(text[open]))
                open++;
            if (open >= end)
                break;
            int close = text[open] == '{' ? Closing(text, open, end) : -1;
            if (close < 0)
            {
                if (found.Count == 0)
                    found.Add(text[open..]);
                break;
            }
            string content = text[(open + 1)..close].Trim();
            if (lastBox && next >= 0 && !Joins(text[(close + 1)..next], content != found[0]))
                break;
            if (found.Count == 0 || found[0] != content)
                found.Insert(0, content);
            next = end = at;
        }
        // A box may stand in a box.
        return found.Count == 0 ? text
            : found.Count == 1 && LastBox(found[0]) is not null && found[0] != text ? Boxes(found[0], lastBox)
            : string.Join(',', found);
    }

    private static int? LastBox(string text) =>
        Math.Max(text.LastIndexOf("\\boxed", StringComparison.Ordinal), text.LastIndexOf("\\fbox", StringComparison.Ordinal))
            is >= 0
                and var at
            ? at
            : null;

    private static int Closing(string text, int open, int end)
    {
        int depth = 0;
        for (int i = open; i < end; i++)
        {
            depth +=
                text[i] == '{' ? 1
                : text[i] == '}' ? -1
                : 0;
            if (depth == 0)
                return i;
        }
        return -1;
    }

    private static bool Joins(string between, bool isOther) =>
        between.Length < 10 || (isOther && between.Length < 70 && Separator().IsMatch(between));

    [GeneratedRegex(@"\b(?:and|or)\b|[,;]")]
    private static partial Regex Separator();

    [GeneratedRegex(@"\\\\(?=[a-zA-Z])")]
    private static partial Regex DoubledCommand();

    [GeneratedRegex(@"\\(?:text|mbox){.*?}(?:\^\d|\{\^\d\})?$")]
    private static partial Regex UnitInText();
}
