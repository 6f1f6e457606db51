using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// <c>exact_match</c>: whether answer and target are equal once patterns are removed from both, and case, punctuation or digits
/// where the task says so.
/// </summary>
internal sealed class ExactMatch(JsonObject settings)
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private readonly PythonRegex[] _ignored =
    [
        .. (settings["regexes_to_ignore"] as JsonArray ?? []).Select(p => new PythonRegex(p?.ToString() ?? "")),
    ];
    private readonly bool _case = Is(settings, "ignore_case");
    private readonly bool _punctuation = Is(settings, "ignore_punctuation");
    private readonly bool _numbers = Is(settings, "ignore_numbers");

    public bool Holds(string answer, string target) => Plain(answer) == Plain(target);

    private string Plain(string text)
    {
        foreach (PythonRegex pattern in _ignored)
            text = pattern.Replace(text, "");
        if (_case)
            text = text.ToLowerInvariant();
        if (_punctuation)
            text = string.Concat(text.Where(c => !Punctuation.Contains(c, StringComparison.Ordinal)));
        if (_numbers)
            text = string.Concat(text.Where(c => !char.IsAsciiDigit(c)));
        // numpy's fixed-width texts end at their last character that is not null
        return text.TrimEnd('\0');
    }

    private static bool Is(JsonObject settings, string key) => settings[key]?.GetValue<bool>() ?? false;
}
