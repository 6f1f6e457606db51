using System.Text.Json;
using System.Text.RegularExpressions;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>Instructions on marks in an answer, and on how it begins and ends.</summary>
internal static partial class FormatInstructions
{
    private const string Fence = "```";
    private const string Space = @"[\s\x1c-\x1f]";
    private static readonly string[] Allowed = ["My answer is yes.", "My answer is no.", "My answer is maybe."];

    public static bool Placeholders(InstructionArguments arguments, string answer) =>
        Bracketed().Count(answer) >= arguments.Count("num_placeholders");

    public static bool Postscript(InstructionArguments arguments, string answer)
    {
        string marker = PythonCharacters.Strip(arguments.Text("postscript_marker"));
        string pattern = marker switch
        {
            "P.P.S" => $@"p\.{Space}?p\.{Space}?s",
            "P.S." => $@"p\.{Space}?s\.",
            _ => marker.ToLowerInvariant(),
        };
        return Regex.IsMatch(answer.ToLowerInvariant(), pattern, RegexOptions.None, TimeSpan.FromSeconds(5));
    }

    public static bool Bullets(InstructionArguments arguments, string answer) =>
        Star().Count(answer) + Dash().Count(answer) == arguments.Count("num_bullets");

    public static bool IsConstrained(string answer) => Allowed.Any(a => answer.Contains(a, StringComparison.Ordinal));

    /// <summary>Text between two asterisks counts, and once more if it is between two pairs of them.</summary>
    public static bool Highlights(InstructionArguments arguments, string answer)
    {
        int count =
            Highlight().Matches(answer).Count(m => PythonCharacters.Strip(m.Value.Trim('*')).Length > 0)
            + DoubleHighlight().Matches(answer).Count(m => PythonCharacters.Strip(m.Value[2..^2]).Length > 0);
        return count >= arguments.Count("num_highlights");
    }

    public static bool Sections(InstructionArguments arguments, string answer) =>
        Regex.Count(
            answer,
            $@"{Space}?{PythonCharacters.Strip(arguments.Text("section_spliter"))}{Space}?\d+{Space}?",
            RegexOptions.None,
            TimeSpan.FromSeconds(5)
        ) >= arguments.Count("num_sections");

    public static bool IsJson(string answer)
    {
        string text = PythonCharacters.Strip(answer);
        foreach (string opening in (string[])[Fence + "json", Fence + "Json", Fence + "JSON", Fence])
            text = text.StartsWith(opening, StringComparison.Ordinal) ? text[opening.Length..] : text;
        text = PythonCharacters.Strip(text.EndsWith(Fence, StringComparison.Ordinal) ? text[..^Fence.Length] : text);
        try
        {
            // Python's reader takes NaN and Infinity for numbers.
            using JsonDocument _ = JsonDocument.Parse(
                StringOrWord().Replace(text, m => m.Value[0] == '"' ? m.Value : "0"),
                new JsonDocumentOptions { MaxDepth = 900 }
            );
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static bool HasTitle(string answer) =>
        Title().Matches(answer).Any(m => PythonCharacters.Strip(m.Value.TrimStart('<').TrimEnd('>')).Length > 0);

    public static bool AreTwo(string answer)
    {
        string[] parts = [.. answer.Split("******").Select(PythonCharacters.Strip)];
        bool isGap = parts.Where((p, i) => p.Length == 0 && i != 0 && i != parts.Length - 1).Any();
        return !isGap && parts.Where(p => p.Length > 0).ToArray() is [var first, var second] && first != second;
    }

    public static bool Repeats(InstructionArguments arguments, string answer) =>
        PythonCharacters
            .Strip(answer)
            .ToLowerInvariant()
            .StartsWith(PythonCharacters.Strip(arguments.Text("prompt_to_repeat")).ToLowerInvariant(), StringComparison.Ordinal);

    public static bool Ends(InstructionArguments arguments, string answer) =>
        PythonCharacters
            .Strip(answer)
            .Trim('"')
            .ToLowerInvariant()
            .EndsWith(PythonCharacters.Strip(arguments.Text("end_phrase")).ToLowerInvariant(), StringComparison.Ordinal);

    public static bool IsQuoted(string answer) => PythonCharacters.Strip(answer) is ['"', .., '"'];

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Bracketed();

    [GeneratedRegex($@"^{Space}*\*[^\*].*$", RegexOptions.Multiline)]
    private static partial Regex Star();

    [GeneratedRegex($"^{Space}*-.*$", RegexOptions.Multiline)]
    private static partial Regex Dash();

    [GeneratedRegex(@"\*[^\n\*]*\*")]
    private static partial Regex Highlight();

    [GeneratedRegex(@"\*\*[^\n\*]*\*\*")]
    private static partial Regex DoubleHighlight();

    [GeneratedRegex(@"<<[^\n]+>>")]
    private static partial Regex Title();

    [GeneratedRegex(
        """
            "(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b
            """,
        RegexOptions.Singleline
    )]
    private static partial Regex StringOrWord();
}
