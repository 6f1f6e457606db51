using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Text.Hub;

/// <summary>Patterns of file names.</summary>
public static class HubGlob
{
    /// <summary>
    /// As <c>hf download</c> reads patterns: * and ? stand for any characters, also slashes, [abc] for one of them; a pattern
    /// with a slash at its end stands for all of the folder.
    /// </summary>
    public static bool Matches(string pattern, string path) =>
        Expression(pattern.EndsWith('/') ? pattern + "*" : pattern, star: ".*", one: ".").IsMatch(path);

    /// <summary>As the data_files of a data set: * and ? stop at slashes, ** does not, {a,b} is one of several.</summary>
    internal static Regex OfFiles(string pattern) => Expression(pattern, star: "[^/]*", one: "[^/]");

    /// <exception cref="SimperException">It is no pattern.</exception>
    private static Regex Expression(string pattern, string star, string one)
    {
        var text = new StringBuilder(@"\A");
        int depth = 0;
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' when Next(i) == '*':
                    bool takesSlash = i + 2 < pattern.Length && pattern[i + 2] == '/';
                    text.Append(takesSlash ? "(.*/)?" : ".*");
                    i += takesSlash ? 2 : 1;
                    break;
                case '*':
                    text.Append(star);
                    break;
                case '?':
                    text.Append(one);
                    break;
                case '[' when pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)) is > 0 and int end:
                    string set = pattern[(i + 1)..end];
                    text.Append(set.StartsWith('!') ? "[^" : "[")
                        .Append((set.StartsWith('!') ? set[1..] : set).Replace(@"\", @"\\", StringComparison.Ordinal))
                        .Append(']');
                    i = end;
                    break;
                case '{':
                    text.Append("(?:");
                    depth++;
                    break;
                case '}' when depth > 0:
                    text.Append(')');
                    depth--;
                    break;
                case ',' when depth > 0:
                    text.Append('|');
                    break;
                default:
                    text.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }
        text.Append(string.Concat(Enumerable.Repeat(')', depth))).Append(@"\z");
        char Next(int i) => i + 1 < pattern.Length ? pattern[i + 1] : '\0';
        try
        {
            return new Regex(
                text.ToString(),
                RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant
            );
        }
        catch (ArgumentException e)
        {
            throw new SimperException($"{pattern} is no pattern of file names: what stands in [ ] names no characters.", e);
        }
    }
}
