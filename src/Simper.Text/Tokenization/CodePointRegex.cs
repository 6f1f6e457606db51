using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Text.Tokenization;

/// <summary>
/// A regular expression over code points. .NET's works on UTF-16 units, where a letter beyond the BMP does not match \p{L}; so it
/// runs on a shadow of the text, in which each such character is replaced by one of the BMP with the same category. Patterns come
/// from files: every match has a time limit.
/// </summary>
internal sealed class CodePointRegex
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Regex _regex;
    private readonly string _where;

    /// <param name="pattern">As in tokenizer.json, in Oniguruma's syntax.</param>
    /// <param name="where">File and key, for messages.</param>
    public CodePointRegex(string pattern, string where)
    {
        _where = where;
        try
        {
            // In Ruby's syntax ^ and $ match at line ends.
            _regex =
                KnownPatterns.Find(pattern)
                ?? new Regex(
                    OnigurumaPattern.ToDotNet(pattern, where),
                    RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline,
                    Limit
                );
        }
        catch (ArgumentException e)
        {
            throw new SimperException($"{where}: the regular expression is not supported: {e.Message}", e);
        }
    }

    /// <summary>The matches as (start, length) in UTF-16 units.</summary>
    public List<(int Start, int Length)> Matches(string text)
    {
        string shadow = text;
        int[]? starts = null;
        foreach (char c in text)
        {
            if (char.IsSurrogate(c))
            {
                (shadow, starts) = Shadow(text);
                break;
            }
        }
        var matches = new List<(int, int)>();
        long latest = Environment.TickCount64 + (long)Limit.TotalMilliseconds + (text.Length / 100);
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(shadow))
            {
                if (Environment.TickCount64 > latest) // the regex's own limit is per match
                    throw new RegexMatchTimeoutException();
                matches.Add(
                    starts is null
                        ? (match.Index, match.Length)
                        : (starts[match.Index], starts[match.Index + match.Length] - starts[match.Index])
                );
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new SimperException(
                $"{_where}: the regular expression ran for more than {Limit.TotalSeconds} s on a text of {text.Length} "
                    + "characters; "
                    + "it is not safe to use.",
                e
            );
        }
        return matches;
    }

    private static (string Shadow, int[] Starts) Shadow(string text)
    {
        var shadow = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length; )
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
            shadow.Append(rune.IsBmp ? (char)rune.Value : StandIn(rune));
            starts.Add(i);
            i += length;
        }
        starts.Add(text.Length);
        return (shadow.ToString(), [.. starts]);
    }

    // Rare BMP characters, one for each category that occurs beyond it.
    private static char StandIn(Rune rune) =>
        CharacterKinds.IsCircledOrSquaredLetter(rune)
            ? '\u24b6'
            : Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.UppercaseLetter => '\u2c2f',
                UnicodeCategory.LowercaseLetter => '\u2c5f',
                UnicodeCategory.OtherLetter => '\ua000',
                UnicodeCategory.ModifierLetter => '\ua71f',
                UnicodeCategory.NonSpacingMark => '\ua802',
                UnicodeCategory.SpacingCombiningMark => '\ua823',
                UnicodeCategory.DecimalDigitNumber => '\ua9d0',
                UnicodeCategory.LetterNumber => '\ua6e6',
                UnicodeCategory.OtherNumber => '\ua830',
                UnicodeCategory.DashPunctuation => '\u2e17',
                UnicodeCategory.OtherPunctuation => '\ua874',
                UnicodeCategory.MathSymbol => '\u27c0',
                UnicodeCategory.CurrencySymbol => '\u20b0',
                UnicodeCategory.ModifierSymbol => '\ua700',
                UnicodeCategory.OtherSymbol => '\u2400',
                UnicodeCategory.Format => '\u2061',
                UnicodeCategory.PrivateUse => '\ue000',
                _ => '\uffff',
            };
}
