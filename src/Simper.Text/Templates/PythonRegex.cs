using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>
/// A regular expression of Python's <c>re</c>, as evaluation tasks write them: named groups, <c>\Z</c>, replacements with
/// backslashes, and <c>findall</c>. Searches are limited in time. Immutable, thread safe.
/// </summary>
public sealed class PythonRegex
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Regex _regex;
    private readonly Lazy<Regex?> _linear;

    /// <param name="pattern">The pattern.</param>
    /// <exception cref="SimperException">It is no pattern.</exception>
    public PythonRegex(string pattern)
    {
        try
        {
            Pattern = pattern;
            _regex = new Regex(Translated(pattern), RegexOptions.CultureInvariant, Longest);
            _linear = new(() => Linear(Translated(pattern)));
        }
        catch (ArgumentException e)
        {
            throw new SimperException($"\"{pattern}\" is not a regular expression: {SystemFault.Sentence(e)}.", e);
        }
    }

    /// <summary>The pattern as written.</summary>
    public string Pattern { get; }

    /// <summary>
    /// <c>re.findall</c>: for each match the whole of it if the pattern has no group, its group if it has one, else all groups.
    /// Groups that took no part are empty.
    /// </summary>
    /// <exception cref="SimperException">The search takes too long.</exception>
    public IReadOnlyList<IReadOnlyList<string>> FindAll(string text) =>
        Guarded(() =>
            (IReadOnlyList<IReadOnlyList<string>>)
                [
                    .. _regex
                        .Matches(text)
                        .Select(m =>
                            m.Groups.Count == 1
                                ? (IReadOnlyList<string>)[m.Value]
                                : [.. m.Groups.Values.Skip(1).Select(g => g.Value)]
                        ),
                ]
        );

    /// <summary>
    /// Whether <c>re.search</c> finds the pattern: in time that grows with the text's length only, unless it has lookarounds or
    /// references back.
    /// </summary>
    /// <exception cref="SimperException">The search takes too long.</exception>
    public bool IsFoundIn(string text) => Guarded(() => (_linear.Value ?? _regex).IsMatch(text));

    /// <summary><c>re.sub</c>, with <c>\1</c> and <c>\g&lt;1&gt;</c> in the replacement.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replacement">In Python's notation.</param>
    /// <param name="count">At most so many; 0 for all.</param>
    /// <exception cref="SimperException">The search takes too long.</exception>
    public string Replace(string text, string replacement, int count = 0) =>
        Guarded(() => _regex.Replace(text, Replacement(replacement), count <= 0 ? -1 : count));

    private static Regex? Linear(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Longest);
        }
        catch (NotSupportedException)
        {
            return null; // lookarounds and the like, or too many states
        }
    }

    private T Guarded<T>(Func<T> search)
    {
        try
        {
            return search();
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new SimperException($"\"{Pattern}\" takes more than {Longest.TotalSeconds} seconds on a text.", e);
        }
    }

    private static string Translated(string pattern)
    {
        var result = new StringBuilder(pattern.Length);
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                i++;
                result.Append(pattern[i] == 'Z' ? "\\z" : "\\" + pattern[i]);
            }
            else if (string.CompareOrdinal(pattern, i, "(?P<", 0, 4) == 0)
            {
                result.Append("(?<");
                i += 3;
            }
            else if (string.CompareOrdinal(pattern, i, "(?P=", 0, 4) == 0 && pattern.IndexOf(')', i) is > 0 and var end)
            {
                result.Append("\\k<").Append(pattern, i + 4, end - i - 4).Append('>');
                i = end;
            }
            else
                result.Append(pattern[i]);
        }
        return result.ToString();
    }

    private static string Replacement(string python)
    {
        var result = new StringBuilder(python.Length);
        for (int i = 0; i < python.Length; i++)
        {
            char next = i + 1 < python.Length ? python[i + 1] : '\0';
            if (python[i] == '$')
                result.Append("$$");
            else if (python[i] != '\\' || next == '\0')
                result.Append(python[i]);
            else if (char.IsAsciiDigit(next))
            {
                int digits = i + 2 < python.Length && char.IsAsciiDigit(python[i + 2]) ? 2 : 1;
                result.Append("${").Append(python, i + 1, digits).Append('}');
                i += digits;
            }
            else if (next == 'g' && python.IndexOf('>', i) is > 0 and var end)
            {
                result.Append("${").Append(python, i + 3, end - i - 3).Append('}');
                i = end;
            }
            else
            {
                result.Append(
                    next switch
                    {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        _ => next,
                    }
                );
                i++;
            }
        }
        return result.ToString();
    }
}
