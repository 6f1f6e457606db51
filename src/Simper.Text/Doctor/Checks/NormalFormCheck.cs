using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>Which forms of accented letters texts have.</summary>
[Flags]
internal enum LetterForms
{
    None = 0,

    /// <summary>One code point a letter (NFC).</summary>
    Composed = 1,

    /// <summary>A letter and its marks as code points of their own, where one code point would do (NFD).</summary>
    Decomposed = 2,
}

/// <summary>Finds the forms of letters.</summary>
internal static class NormalForms
{
    /// <summary>Those of several texts.</summary>
    public static LetterForms Of(IReadOnlyList<RowText> texts)
    {
        var forms = LetterForms.None;
        foreach (RowText text in texts)
            forms |= Of(text.Text);
        return forms;
    }

    /// <summary>Those of a text.</summary>
    public static LetterForms Of(string text)
    {
        if (Ascii.IsValid(text))
            return LetterForms.None;
        var forms = LetterForms.None;
        bool hasMarks = false;
        foreach (char c in text)
        {
            if (c is (>= '\u00c0' and <= '\u024f') or (>= '\u1e00' and <= '\u1eff') or (>= '\uac00' and <= '\ud7a3'))
                forms |= LetterForms.Composed;
            hasMarks |= c is (>= '\u0300' and <= '\u036f') or '\u3099' or '\u309a' or (>= '\u1100' and <= '\u11ff');
        }
        return hasMarks && IsDecomposed(text) ? forms | LetterForms.Decomposed : forms;
    }

    // Marks that no composed letter has stay as they are in NFC, too.
    private static bool IsDecomposed(string text)
    {
        try
        {
            return !text.IsNormalized(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            return false; // a noncharacter, which has no form
        }
    }
}

/// <summary>Accented letters written in two ways.</summary>
internal sealed class NormalFormCheck : IFileCheck
{
    public static readonly Check Mixed = new(
        "mixed-normal-forms",
        Grade.Warning,
        "accented letters are written as letter and mark (NFD), and elsewhere in the file as one character (NFC)",
        "The same word becomes different tokens; models know the composed form.",
        "Normalise the data to NFC (Python: unicodedata.normalize)."
    )
    {
        IsMended = true,
    };

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Mixed];

    private readonly RowList _decomposed = new();
    private bool _hasComposed;

    public void Add(ExaminedRow row, int index)
    {
        _hasComposed |= row.Facts.Forms.HasFlag(LetterForms.Composed);
        if (row.Facts.Forms.HasFlag(LetterForms.Decomposed))
            _decomposed.Add(row);
    }

    public void End(FoundRows found)
    {
        _decomposed.AddTo(found, Mixed);
        if (_decomposed.Count > 0 && !_hasComposed)
            found.Say(Mixed, "accented letters are written as letter and mark (NFD); none is composed (NFC)", Grade.Note);
    }
}
