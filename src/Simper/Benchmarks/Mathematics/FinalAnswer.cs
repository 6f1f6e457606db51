using System.Text.RegularExpressions;

namespace Simper.Benchmarks.Mathematics;

/// <summary>
/// The answer in "Final Answer: The final answer is ... I hope it is correct.", and its normal form after Lewkowycz et al. 2022,
/// appendix D, in the two versions that tasks have.
/// </summary>
public static partial class FinalAnswer
{
    /// <summary>What stands for an answer that was not given in this form.</summary>
    public const string Invalid = "[invalidanswer]";

    private const string Hope = "I hope it is correct.";

    private static readonly (string From, string To)[] Substitutions =
    [
        ("an ", ""),
        ("a ", ""),
        (".$", "$"),
        ("\\$", ""),
        ("\\ ", ""),
        (" ", ""),
        ("mbox", "text"),
        (",\\text{and}", ","),
        ("\\text{and}", ","),
        ("\\text{m}", "\\text{}"),
    ];

    private static readonly string[] Units = (
        "square ways integers dollars mph inches ft hours km units sue points feet minutes digits cents degrees cm gm pounds "
        + "meters meals edges students childrentickets multiples"
    ).Split(' ');

    // In the older version in one list with the units, where "\ldots" stands between them; the order makes no difference.
    private static readonly string[] Marks =
    [
        "\\ldots",
        "\\text{s}",
        "\\text{.}",
        "\\text{\ns}",
        "\\text{}^2",
        "\\text{}^3",
        "\\text{\n}",
        "\\text{}",
        "\\mathrm{th}",
        "^\\circ",
        "^{\\circ}",
        "\\;",
        ",\\!",
        "{,}",
        "\"",
        "\\dots",
    ];

    private static readonly Regex UnitWords = new($"{PythonCharacters.Edge}(?:{string.Join('|', Units)}){PythonCharacters.Edge}");

    /// <summary>The answer as it stands in a text.</summary>
    public static string In(string text) =>
        Sentence().Match(text + Hope) is { Success: true } found ? PythonCharacters.Strip(found.Groups[1].Value) : Invalid;

    /// <summary>
    /// The normal form of <c>minerva_math</c>: units are removed as words, and commas as thousands separators only.
    /// </summary>
    public static string Normalised(string answer)
    {
        string text = Substituted(UnitWords.Replace(answer.Split('=')[^1], ""));
        text = Shortened(Removed(text, Marks), RootSign());
        return Thousands().IsMatch(text) ? text.Replace(",", "", StringComparison.Ordinal) : text;
    }

    /// <summary>The normal form of <c>leaderboard_math</c>: units are removed wherever their letters stand.</summary>
    public static string NormalisedAsLeaderboard(string answer)
    {
        string text = Removed(Removed(Substituted(answer.Split('=')[^1]), Units), Marks);
        text = Shortened(text, AnyRootSign());
        string digits = text.Replace(",", "", StringComparison.Ordinal);
        return PythonCharacters.IsDigits(digits) ? digits : text;
    }

    private static string Substituted(string text)
    {
        foreach ((string from, string to) in Substitutions)
            text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }

    private static string Removed(string text, IEnumerable<string> parts)
    {
        foreach (string part in parts)
            text = text.Replace(part, "", StringComparison.Ordinal);
        return text;
    }

    private static string Shortened(string text, Regex root)
    {
        text = Dollars().Replace(text, "$$$3$$");
        text = TextCommand().Replace(text, "$1");
        text = BoldCommand().Replace(text, "$1");
        text = Overline().Replace(text, "$1");
        text = Box().Replace(text, "$1");
        text = ShortFraction().Replace(text, "frac{$1}{$2}");
        return root.Replace(text, "sqrt{$1}").Replace("$", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Final Answer: The final answer is(.*?). I hope it is correct.")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"(.*?)(\$)(.*?)(\$)(.*)")]
    private static partial Regex Dollars();

    [GeneratedRegex(@"\\text\{(.*?)\}")]
    private static partial Regex TextCommand();

    [GeneratedRegex(@"\\textbf\{(.*?)\}")]
    private static partial Regex BoldCommand();

    [GeneratedRegex(@"\\overline\{(.*?)\}")]
    private static partial Regex Overline();

    [GeneratedRegex(@"\\boxed\{(.*)\}")]
    private static partial Regex Box();

    [GeneratedRegex(@"frac([^{])(.)")]
    private static partial Regex ShortFraction();

    [GeneratedRegex(@"sqrt([^{\[])")]
    private static partial Regex RootSign();

    [GeneratedRegex(@"sqrt([^{])")]
    private static partial Regex AnyRootSign();

    [GeneratedRegex(@"\A\d{1,3}(?:,\d{3})+\z")]
    private static partial Regex Thousands();
}
