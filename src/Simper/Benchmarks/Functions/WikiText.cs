using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Benchmarks.Functions;

/// <summary>WikiText by pages: its spacing undone for the model; words and bytes counted before that.</summary>
internal static class WikiText
{
    // In order; patterns first of all, where marked.
    private static readonly (string From, string To, bool IsPattern)[] Steps =
    [
        ("s '", "s'", false),
        ("/' [0-9]/", "/'[0-9]/", true),
        (" @-@ ", "-", false),
        (" @,@ ", ",", false),
        (" @.@ ", ".", false),
        (" : ", ": ", false),
        (" ; ", "; ", false),
        (" . ", ". ", false),
        (" ! ", "! ", false),
        (" ? ", "? ", false),
        (" , ", ", ", false),
        (@"\(\s*([^\)]*?)\s*\)", @"(\1)", true),
        (@"\[\s*([^\]]*?)\s*\]", @"[\1]", true),
        (@"{\s*([^}]*?)\s*}", @"{\1}", true),
        (@"""\s*([^""]*?)\s*""", @"""\1""", true),
        (@"'\s*([^']*?)\s*'", @"'\1'", true),
        ("= = = =", "====", false),
        ("= = =", "===", false),
        ("= =", "==", false),
        (" \u00b0 ", "\u00b0", false),
        (" \n", "\n", false),
        ("\n ", "\n", false),
        (" N ", " 1 ", false),
        (" 's", "'s", false),
    ];

    private static readonly Dictionary<string, PythonRegex> Patterns = Steps
        .Where(s => s.IsPattern)
        .ToDictionary(s => s.From, s => new PythonRegex(s.From));

    /// <summary>The page as people write.</summary>
    public static string Detokenized(string page)
    {
        foreach ((string from, string to, bool isPattern) in Steps)
            page = isPattern ? Patterns[from].Replace(page, to) : page.Replace(from, to, StringComparison.Ordinal);
        return page;
    }

    /// <summary>The log-likelihood, with the words and bytes of the page as it is stored.</summary>
    public static RowFigures Figures(JsonObject row, TaskAnswers answers)
    {
        string page = row["page"]!.ToString();
        double sum = answers.LogLikelihoods[0];
        int bytes = Encoding.UTF8.GetByteCount(page);
        var figures = new RowFigures();
        figures.AddWeighted("word_perplexity", sum, PythonText.WordCount(page));
        figures.AddWeighted("byte_perplexity", sum, bytes);
        figures.AddWeighted("bits_per_byte", sum, bytes);
        return figures;
    }
}
