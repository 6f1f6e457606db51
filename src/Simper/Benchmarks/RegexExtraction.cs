using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>The harness's filter <c>regex</c>: one of the matches in an answer, or "[invalid]".</summary>
internal sealed class RegexExtraction(JsonObject step)
{
    private readonly PythonRegex _regex = new(step["regex_pattern"]?.ToString() ?? @"#### (\-?[0-9\.\,]+)");
    private readonly int _select = step["group_select"]?.GetValue<int>() ?? 0;
    private readonly string _fallback = step["fallback"]?.ToString() ?? "[invalid]";

    /// <summary>What an answer that matches nothing becomes.</summary>
    public string Fallback => _fallback;

    public IReadOnlyList<string> Apply(IReadOnlyList<string> answers, JsonObject row) =>
        [.. answers.Select(a => Found(_regex, a) ?? _fallback)];

    /// <summary>
    /// The chosen match: of several groups the first that took part. Null if there is no such match.
    /// </summary>
    public string? Found(PythonRegex regex, string answer)
    {
        IReadOnlyList<IReadOnlyList<string>> all = regex.FindAll(answer);
        int place = _select < 0 ? all.Count + _select : _select;
        if (all.Count == 0)
            return null;
        if (place < 0 || place >= all.Count)
            throw new SimperException(
                $"The filter regex chooses match {_select} of {all.Count} in an answer; group_select is too large."
            );
        IReadOnlyList<string> groups = all[place];
        string? match = groups.Count == 1 ? groups[0] : groups.FirstOrDefault(g => g.Length > 0);
        return match is null ? null : PythonCharacters.Strip(match);
    }
}
