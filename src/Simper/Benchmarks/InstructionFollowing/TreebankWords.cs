using System.Text.RegularExpressions;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>
/// Words by the conventions of the Penn Treebank: punctuation stands alone, "can't" is "ca" and "n't", hyphenated words are one.
/// Sentence ends are not needed for the use here, the counting of words in capitals.
/// </summary>
internal static partial class TreebankWords
{
    // In this order, each on what the one before has left.
    private static readonly (Regex Pattern, string With)[] Steps =
    [
        (new(@"([«“‘„]|`+)"), " $1 "),
        (new(@"^"""), "``"),
        (new(@"(``)"), " $1 "),
        (new(@"([ (\[{<])(""|'{2})"), "$1 `` "),
        (new(@"(?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b"), "$1 $2"),
        (new(@"([^\.])(\.)([\]\)}>""'»”’ ]*)\s*$"), "$1 $2 $3 "),
        (new(@"([:,])([^\d])"), " $1 $2"),
        (new(@"([:,])$"), " $1 "),
        (new(@"\.{2,}"), " $0 "),
        (new(@"[;@#$%&]"), " $0 "),
        (new(@"[?!]"), " $0 "),
        (new(@"([^'])' "), "$1 ' "),
        (new(@"[*]"), " $0 "),
        (new(@"[\]\[\(\)\{\}\<\>]"), " $0 "),
        (new(@"--"), " -- "),
        (new(@"^|$"), " "),
        (new(@"([»”’])"), " $1 "),
        (new(@"''"), " '' "),
        (new(@""""), " '' "),
        (new(@"\s+"), " "),
        (new(@"([^' ])('[sS]|'[mM]|'[dD]|') "), "$1 $2 "),
        (new(@"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) "), "$1 $2 "),
        (new(@"(?i)\b(can)(not)\b"), " $1 $2 "),
        (new(@"(?i)\b(d)('ye)\b"), " $1 $2 "),
        (new(@"(?i)\b(gim|lem)(me)\b"), " $1 $2 "),
        (new(@"(?i)\b(gon)(na)\b"), " $1 $2 "),
        (new(@"(?i)\b(got)(ta)\b"), " $1 $2 "),
        (new(@"(?i)\b(more)('n)\b"), " $1 $2 "),
        (new(@"(?i)\b(wan)(na)(?=\s)"), " $1 $2 "),
        (new(@"(?i) ('t)(is|was)\b"), " $1 $2 "),
    ];

    public static IReadOnlyList<string> Of(string text)
    {
        foreach ((Regex pattern, string with) in Steps)
            text = pattern.Replace(text, with);
        return PythonCharacters.Split(text);
    }
}
