namespace Simper.Benchmarks.Mathematics;

/// <summary>The signs of relations, and other commands that stand between expressions.</summary>
internal static class LatexRelations
{
    private static readonly Dictionary<string, string> BySign = new(StringComparer.Ordinal)
    {
        ["="] = "=",
        ["<"] = "<",
        ["\\lt"] = "<",
        ["\\le"] = "≤",
        ["\\leq"] = "≤",
        ["\\leqq"] = "≤",
        ["\\leqslant"] = "≤",
        [">"] = ">",
        ["\\gt"] = ">",
        ["\\ge"] = "≥",
        ["\\geq"] = "≥",
        ["\\geqq"] = "≥",
        ["\\geqslant"] = "≥",
        ["\\ne"] = "≠",
        ["\\neq"] = "≠",
    };

    private static readonly HashSet<string> Others = new(StringComparer.Ordinal)
    {
        "\\times",
        "\\cdot",
        "\\div",
        "\\pm",
        "\\cup",
        "\\cap",
        "\\in",
        "\\setminus",
        "\\to",
        "\\rightarrow",
        "\\approx",
        "\\}",
        "\\\\",
        "\\%",
        "\\rfloor",
        "\\rceil",
        "\\end",
    };

    /// <summary>The relation of a token; null for another token.</summary>
    public static string? Of(LatexToken token) => token.Kind == LatexKind.End ? null : BySign.GetValueOrDefault(token.Text);

    public static bool IsOperator(string command) => BySign.ContainsKey(command) || Others.Contains(command);

    /// <summary>The relation read from right to left.</summary>
    public static string Turned(string relation) =>
        relation switch
        {
            "<" => ">",
            ">" => "<",
            "≤" => "≥",
            "≥" => "≤",
            _ => relation,
        };
}
