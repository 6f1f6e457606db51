using System.Text.RegularExpressions;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>
/// Counts English sentences by the rules of Punkt (Kiss and Strunk 2006): a period ends one unless it belongs to an abbreviation,
/// an initial or a number before a word in lower case. Its word lists are short ones of our own where the original has learnt
/// ones, so that rare abbreviations are counted otherwise.
/// </summary>
internal static partial class SentenceSplitter
{
    private static readonly HashSet<string> Abbreviations = new(
        """
        mr mrs ms dr prof st jr sr vs inc ltd co corp rev gen gov sen rep sgt capt col maj lt adm hon
        jan feb mar apr aug sept oct nov dec a.m p.m i.e e.g u.s u.k u.n u.s.a d.c ph.d b.c a.d n.y n.j l.a
        no fig al ft mt ave blvd est dept messrs bros calif fla ga ill ind kan ky la md mich minn miss mo
        okla ore pa tenn tex va vt wash wis ariz ark colo conn del r.i n.c s.c n.d n.h w.va cos lbs oz mg
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal
    );

    // Words that stand in lower case inside sentences: in capitals they begin one.
    private static readonly HashSet<string> Common = new(
        """
        the a an this that these those it he she they we you i there here what when where who why how which in on at by for from
        with as but and or so if then however also after before while although because since once now today my your his her its
        our their some many most all each every both no not one two first second finally next is are was were do does did can
        could will would should may might let please just even still yet such other another
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal
    );

    private const string Closing = "\"')]}";
    private const string Beside = "?!)\";}]*:@'({["; // may follow an end without a blank
    private const string BeforeWord = "(\"`{[:;&#*@)}]-,";

    /// <summary>How many sentences a text has, a text without an end at its end included.</summary>
    public static int Count(string text)
    {
        int count = 0;
        int start = 0;
        Match[] words = [.. Word().Matches(text).Cast<Match>()];
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i].Value;
            string next = i + 1 < words.Length ? words[i + 1].Value : "";
            int end = LastEnd(word, next);
            if (end < 0 || words[i].Index + end < start)
                continue;
            bool isInside = end + 1 < word.Length;
            if (!IsBreak(word[..(end + 1)], isInside ? word[(end + 1)..] : next))
                continue;
            count++;
            start = Realigned(text, words[i].Index + end + 1);
        }
        return count + (start < text.Length && text.AsSpan(start).ContainsAnyExcept(" \t\r\n\f\v") ? 1 : 0);
    }

    // Only the last mark of a run of characters can end a sentence.
    private static int LastEnd(string word, string next)
    {
        for (int i = word.Length - 1; i >= 0; i--)
        {
            bool isFollowed = i + 1 < word.Length ? Beside.Contains(word[i + 1]) : next.Length > 0;
            if (word[i] is '.' or '?' or '!' && isFollowed)
                return i;
        }
        return -1;
    }

    // Closing marks before a blank belong to the sentence before.
    private static int Realigned(string text, int start)
    {
        int end = start;
        while (end < text.Length && Closing.Contains(text[end]))
            end++;
        return end == text.Length || char.IsWhiteSpace(text[end]) ? end : start;
    }

    private static bool IsBreak(string word, string next)
    {
        if (word[^1] != '.')
            return true;
        bool isUpper = next.Length > 0 && char.IsUpper(next[0]);
        bool isStart = isUpper && Common.Contains(new([.. next.ToLowerInvariant().TakeWhile(char.IsLetter)]));
        bool isInside = next.Length > 0 && (char.IsLower(next[0]) || ";:,.!?".Contains(next[0]));
        if (word.EndsWith("..", StringComparison.Ordinal))
            return isStart;
        string type = word[..^1];
        type = type[(type.LastIndexOfAny([.. Beside]) + 1)..].TrimStart([.. BeforeWord]).ToLowerInvariant();
        if (Abbreviations.Contains(type) || Abbreviations.Contains(type[(type.LastIndexOf('-') + 1)..]))
            return isStart;
        if (type.Length == 1 && char.IsLetter(type[0]))
            return !isInside && (isStart || !isUpper);
        return !(isInside && Number().IsMatch(type));
    }

    [GeneratedRegex(@"\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^-?[.,]?\d[\d,.-]*$")]
    private static partial Regex Number();
}
