using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// The harness's filter <c>multi_choice_regex</c>: the letter of a choice, by a pattern, else by the text of the choice, else
/// by a letter behind a colon.
/// </summary>
internal sealed class ChoiceExtraction(JsonObject step)
{
    private readonly RegexExtraction _extraction = new(step);
    private readonly PythonRegex _regex = new(step["regex_pattern"]?.ToString() ?? @"#### (\-?[0-9\.\,]+)");
    private readonly bool _ignoresCase = step["ignore_case"]?.GetValue<bool>() ?? false;
    private readonly bool _ignoresPunctuation = step["ignore_punctuation"]?.GetValue<bool>() ?? false;
    private readonly PythonRegex[] _ignored =
    [
        .. (step["regexes_to_ignore"] as JsonArray ?? []).Select(p => new PythonRegex(p!.ToString())),
    ];

    public IReadOnlyList<string> Apply(IReadOnlyList<string> answers, JsonObject row)
    {
        string[] choices =
        [
            .. (row["choices"] as JsonArray ?? []).Select(c => Plain(PythonCharacters.Strip(c?.ToString() ?? ""))),
        ];
        var byText = new PythonRegex(string.Join('|', choices.Select(Regex.Escape)));
        string letters = string.Join('|', choices.Select((_, i) => (char)('A' + i)));
        var byLetter = new PythonRegex($@":[\s]*({letters})");
        return [.. answers.Select(a => Letter(a, choices, byText, byLetter))];
    }

    private string Letter(string answer, string[] choices, PythonRegex byText, PythonRegex byLetter)
    {
        if (_extraction.Found(_regex, answer) is { Length: > 0 } match)
            return match;
        if (_extraction.Found(byText, Plain(answer)) is { Length: > 0 } text)
            return Array.LastIndexOf(choices, text) is >= 0 and var at ? $"({(char)('A' + at)})" : text;
        return _extraction.Found(byLetter, answer) is { Length: > 0 } letter ? $"({letter})" : _extraction.Fallback;
    }

    private string Plain(string text)
    {
        foreach (PythonRegex pattern in _ignored)
            text = pattern.Replace(text, "");
        if (_ignoresCase)
            text = text.ToLowerInvariant();
        return _ignoresPunctuation ? string.Concat(text.Where(c => !IsPunctuation(c))) : text;
    }

    private static bool IsPunctuation(char c) =>
        char.GetUnicodeCategory(c) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}
