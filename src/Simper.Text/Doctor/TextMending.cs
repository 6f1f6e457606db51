using System.Text;
using System.Text.RegularExpressions;
using Simper.Text.Doctor.Checks;

namespace Simper.Text.Doctor;

/// <summary>
/// Mends what can be mended in a text without a guess: characters that nobody sees and no script needs, UTF-8 that was read as
/// Latin-1, accented letters in two forms.
/// </summary>
/// <param name="normalizes">Whether letters are composed (NFC): where the file mixes both forms.</param>
internal sealed partial class TextMending(bool normalizes)
{
    private static readonly Check[] Removed =
    [
        CharacterChecks.ByteOrderMark,
        CharacterChecks.ZeroWidth,
        CharacterChecks.Tags,
        CharacterChecks.Nul,
    ];

    /// <summary>The mended text, and for each check what it was before and after; the same text where nothing is wrong.</summary>
    public string Mend(string text, List<(Check Check, string Before, string After)> changes)
    {
        if (CharacterSet.IsPlain(text))
            return text;
        text = Note(MarkupChecks.BrokenUtf8, text, Mojibake.Mended(text), changes);
        if (text.Contains('\u001b', StringComparison.Ordinal))
            text = Note(CharacterChecks.Terminal, text, Sequence().Replace(text, ""), changes);
        foreach (Check check in Removed)
            text = Note(check, text, Without(check, text), changes);
        if (normalizes && NormalForms.Of(text).HasFlag(LetterForms.Decomposed))
            text = Note(NormalFormCheck.Mixed, text, text.Normalize(NormalizationForm.FormC), changes);
        return text;
    }

    private static string Note(Check check, string before, string after, List<(Check, string, string)> changes)
    {
        if (before != after)
            changes.Add((check, before, after));
        return after;
    }

    // A whole sequence; its beginning alone where it is incomplete.
    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]?")]
    private static partial Regex Sequence();

    private static string Without(Check check, string text)
    {
        int[] places = [.. CharacterChecks.Of(text).Where(c => c.Check == check).Select(c => c.At)];
        if (places.Length == 0)
            return text;
        var kept = new StringBuilder(text.Length);
        int from = 0;
        foreach (int at in places)
        {
            kept.Append(text, from, at - from);
            from = at + (char.IsHighSurrogate(text[at]) ? 2 : 1);
        }
        return kept.Append(text, from, text.Length - from).ToString();
    }
}
