using System.Text.RegularExpressions;

namespace Simper.Benchmarks.Mathematics;

/// <summary>
/// Finds the answer in a text by where it stands: after "the final answer is", in a box, after "answer", else the last formula or
/// number. Follows the order of math_verify.
/// </summary>
internal static partial class AnswerSearch
{
    private const string Percent = @"(?:\\?%|[Pp]ercent|[Pp]ercentage|[Pp]ct)";
    private const string Currency = @"[$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾₿]";
    private const string Answer = "(?i:answer)";
    private const string Final = @"(?i:final answer is):?\s*";
    private const string FinalAt = @"(?i:final answer.{0,100}?)\s+is:?";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly string Number =
        @"(?<!\d)(?:(?<integer>-?[1-9]\d{0,2}(?:[ ,]\d{3})+)(?<decimal>\.\d+)?|(?<integer>-?\d+)(?<decimal>[.,]\d+)"
        + @"|(?<decimal>\.\d+)|(?<integer>-?\d+))(?<percent>\s*(?:%|[Pp]ercent|\s*[Pp]ercentage|\s*[Pp]ct))?";

    private const string Operators = @"\+\-\*×/^()÷";
    private static readonly string Expression = $@"(?<expr>-?\(?-?\d[\d.\s{Operators}]*[{Operators}][\d.\s{Operators}]+\)?)";
    private const string Before = @"(?:^|\s|=)(?:\*\*)?";
    private static readonly string PlainExpression = $@"(?:{Before}{Expression}(?:\*\*)?(?:\.|,|:|\s|\)|\$|$))";
    private static readonly string PlainNumber = $"(?:{Before}{Currency}?{Number})";
    private static readonly string Plain = $"(?:{PlainExpression}|{PlainNumber})";

    private static readonly string Formulas =
        Environment(0, isBoxed: false) + string.Concat(Enumerable.Range(1, 5).Select(i => More(i, isBoxed: false)));

    private static readonly string Boxes =
        Environment(0, isBoxed: true) + string.Concat(Enumerable.Range(1, 5).Select(i => @"\s*" + More(i, isBoxed: true)));

    private static readonly (int Priority, bool IsFormula, Regex Pattern)[] Places =
    [
        Formula(0, $@"{Final}{Formulas}\.?\s?I hope"),
        Formula(50, $@"{FinalAt}\s*{Formulas}"),
        Formula(100, $"{Answer}:.{{0,50}}?{Formulas}"),
        Formula(200, $"{Answer}.{{0,50}}?{Formulas}"),
        Formula(300, Formulas),
        Formula(50, Boxes),
        Formula(50, @"(?<box>\\boxed{.+})"),
        Text(0, $@"{Final}{Plain}\.?\s?I hope"),
        Text(50, $"{FinalAt}{Plain}"),
        Text(100, $@"{Answer}:(?:.{{0,100}}=\s*|.{{0,50}}?){Plain}(?!\s*=)"),
        Text(200, $@"{Answer}(?:.{{0,100}}=\s*|.{{0,50}}?){Plain}(?!\s*=)"),
        Text(300, PlainExpression),
        Text(300, PlainNumber),
    ];

    /// <summary>The answer, and how it is written; both null where there is none.</summary>
    /// <param name="text">A solution.</param>
    /// <param name="plainNumbers">Whether numbers outside of formulas count too.</param>
    public static FoundAnswer In(string text, bool plainNumbers)
    {
        string? written = null;
        foreach (
            IGrouping<int, (int, bool IsFormula, Regex Pattern)> places in Places
                .OrderBy(p => p.Priority)
                .GroupBy(p => p.Priority)
        )
        {
            IEnumerable<(Match Match, bool IsFormula)> matches = places
                .Where(p => p.IsFormula || plainNumbers)
                .SelectMany(p => Matches(p.Pattern, text).Select(m => (m, p.IsFormula)))
                .OrderByDescending(m => m.m.Index + m.m.Length)
                .ThenBy(m => m.m.Index);
            foreach ((Match match, bool isFormula) in matches)
            {
                (MathAnswer? answer, string form) = isFormula ? OfFormula(match) : OfText(match);
                written ??= form.Length > 0 ? form : null;
                if (answer is not null)
                    return new FoundAnswer(answer, written);
            }
        }
        return new FoundAnswer(null, written);
    }

    private static IReadOnlyList<Match> Matches(Regex pattern, string text)
    {
        try
        {
            return pattern.Matches(text).ToArray();
        }
        catch (RegexMatchTimeoutException)
        {
            return [];
        }
    }

    private static (MathAnswer?, string) OfFormula(Match match)
    {
        if (match.Groups["box"] is { Success: true } box)
        {
            string cleaned = LatexCleaning.Cleaned(box.Value, lastBox: true);
            return (AnswerReader.Read(cleaned), cleaned);
        }
        var answers = new List<MathAnswer?>();
        var texts = new List<string>();
        for (int i = 0; i <= 5; i++)
        {
            if (match.Groups[$"f{i}"] is not { Success: true } part)
                continue;
            string cleaned = LatexCleaning.Cleaned(part.Value, lastBox: false);
            MathAnswer? answer = AnswerReader.Read(cleaned);
            texts.Add(cleaned);
            answers.Add(
                match.Groups[$"p{i}"].Success && answer is MathAnswer.Value value ? value with { IsPercent = true } : answer
            );
        }
        if (answers.Count > 1 && answers.All(a => a is not null))
            return (
                new MathAnswer.Elements(
                    [.. answers.SelectMany(a => a is MathAnswer.Elements { IsOrdered: false } set ? set.Items : [a!])],
                    IsOrdered: false
                ),
                string.Join(" and ", texts)
            );
        return (answers.FirstOrDefault(), texts.FirstOrDefault() ?? "");
    }

    private static (MathAnswer?, string) OfText(Match match)
    {
        string integer = match.Groups["integer"].Value;
        string fraction = match.Groups["decimal"].Value;
        if (integer.Length + fraction.Length == 0)
        {
            string expression = match.Groups["expr"].Value;
            string latex = expression
                .Replace("×", "*", StringComparison.Ordinal)
                .Replace("÷", "/", StringComparison.Ordinal)
                .Replace("**", "^", StringComparison.Ordinal)
                .TrimEnd('.', ' ', '\n');
            return (AnswerReader.Read(latex), expression);
        }
        integer = integer.Replace(",", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).TrimStart('0');
        string number = (integer.Length == 0 ? "0" : integer) + fraction.Replace(',', '.');
        return (
            AnswerReader.Read(number) is MathAnswer.Value value
                ? value with
                {
                    IsPercent = match.Groups["percent"].Success,
                }
                : null,
            number
        );
    }

    private static (int, bool, Regex) Formula(int priority, string pattern) =>
        (priority, true, new Regex(pattern, RegexOptions.Singleline, Longest));

    private static (int, bool, Regex) Text(int priority, string pattern) =>
        (priority, false, new Regex(pattern, RegexOptions.None, Longest));

    private static string More(int i, bool isBoxed) => $@"(?:\s*(?:,?and|,?or|,)\s*{Environment(i, isBoxed)})?";

    // A formula between dollars or brackets, or a plain fraction.
    private static string Environment(int i, bool isBoxed)
    {
        string Content(string character) =>
            isBoxed ? $@"(?<f{i}>{character}*?\\boxed{{{character}+?}}{character}*?)" : $"(?<f{i}>{character}+?)";
        string number = @"-?\d+(?:[.,]\d+)?";
        string[] forms =
        [
            $@"(?<!\\)\$\${Content(@"(?:[^$]|\$(?!\$))")}(?<!\\)\$\$",
            $@"(?<!\\)\\\[{Content(@"(?:[^\\]|\\(?!\]))")}(?<!\\)\\\]",
            $@"(?<!\\|\d)\${Content(@"(?:\\[$]|[^\n$])")}(?<!\\)\$",
            $@"(?<!\\)\\\({Content(@"(?:[^\\\n]|\\(?!\)))")}(?<!\\)\\\)",
            $@"\s\[{Content(@"[^\n\]\[]")}\]\s",
            .. isBoxed ? (string[])[] : [$@"(?<f{i}>-?\\frac{{{number}}}{{{number}}})"],
        ];
        return $@"(?:(?:{string.Join('|', forms)})\s*(?<p{i}>{Percent})?)";
    }
}
