using System.Text;

namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Texts as they are compared between rows: in Unicode's form NFC, without white space around them, and line ends as "\n". Case
/// and punctuation distinguish.
/// </summary>
public static class NormalForm
{
    /// <summary>
    /// A text of a prompt; any run of white space counts as one space, since prompts are copied and wrapped anew.
    /// </summary>
    public static string OfPrompt(string text)
    {
        string composed = Composed(text);
        int kept = 0;
        Span<char> folded = composed.Length <= 1024 ? stackalloc char[composed.Length] : new char[composed.Length];
        foreach (char c in composed)
        {
            if (!char.IsWhiteSpace(c))
                folded[kept++] = c;
            else if (kept > 0 && folded[kept - 1] != ' ')
                folded[kept++] = ' ';
        }
        ReadOnlySpan<char> trimmed = folded[..kept].TrimEnd(' ');
        return trimmed.SequenceEqual(composed) ? composed : trimmed.ToString();
    }

    /// <summary>A text of an answer; white space inside it distinguishes, as indentation does in code.</summary>
    public static string OfAnswer(string text) => Composed(text).ReplaceLineEndings("\n").Trim();

    private static string Composed(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return text; // half of a character: there is no normal form
        }
    }
}
