using System.Globalization;
using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>Characters that nobody sees, or that stand for lost ones.</summary>
internal sealed class CharacterChecks : IRowCheck
{
    private const string Unseen = "They split words into tokens that no prompt will have, and the model learns to write them.";

    public static readonly Check ByteOrderMark = new(
        "byte-order-mark",
        Grade.Warning,
        "a byte-order mark (U+FEFF) stands in a text",
        "It comes from files that were joined or read with the wrong encoding, and becomes tokens of its own.",
        "Read the source as utf-8-sig."
    )
    {
        IsMended = true,
    };

    public static readonly Check ZeroWidth = new(
        "zero-width",
        Grade.Warning,
        "characters without width stand in a text where no script needs them",
        Unseen,
        "Take them out."
    )
    {
        IsMended = true,
    };

    public static readonly Check Bidi = new(
        "bidi-control",
        Grade.Warning,
        "controls of writing direction stand in a text",
        "What is shown is not what the model reads; in text of one direction nobody meant them.",
        "Take them out where the text is not written from right to left."
    );

    public static readonly Check Tags = new(
        "tag-characters",
        Grade.Warning,
        "invisible tag characters (U+E0000 to U+E007F) stand in a text",
        "They can carry whole sentences that nobody sees: hidden instructions that are learnt.",
        "Take them out."
    )
    {
        IsMended = true,
    };

    public static readonly Check Nul = new(
        "nul-character",
        Grade.Warning,
        "NUL or DEL (U+0000, U+007F) stands in a text",
        Unseen,
        "Take them out; they come from binary data."
    )
    {
        IsMended = true,
    };

    public static readonly Check Terminal = new(
        "terminal-escape",
        Grade.Warning,
        "escape sequences of a terminal (colours, mostly) stand in a text",
        Unseen,
        "Take them out; they come from recorded output of programs."
    )
    {
        IsMended = true,
    };

    public static readonly Check Control = new(
        "control-characters",
        Grade.Warning,
        "other control characters stand in a text",
        "A form feed before \"rac\" was \\frac, a backspace before \"eta\" \\beta: the text was unescaped once too often. "
            + "Those from U+0080 on come from a wrong encoding.",
        "Make the text again from its source."
    );

    public static readonly Check Replacement = new(
        "replacement-character",
        Grade.Warning,
        "U+FFFD stands in a text, where a character was lost in decoding",
        "The model learns to write it.",
        "Read the source again in its own encoding; what was lost is not in this file."
    );

    public static readonly Check PrivateUse = new(
        "private-use",
        Grade.Warning,
        "characters of private use stand in a text",
        "They mean something in one font alone: icons, mostly, that were copied with a page.",
        "Take them out."
    );

    public static readonly Check Noncharacter = new(
        "noncharacter",
        Grade.Warning,
        "code points that are no characters (U+FFFE, U+FFFF, U+FDD0, ...) stand in a text",
        "They come from broken decoding.",
        "Take them out."
    );

    public static readonly Check LineSeparator = new(
        "line-separator",
        Grade.Note,
        "line separators other than a line feed (U+2028, U+2029, U+0085, a lone carriage return, CR LF) stand in a text",
        "The model learns two ways to end a line, and tools that read JSON lines may split the row.",
        "Write line ends as \\n."
    );

    public static readonly Check OddSpace = new(
        "odd-space",
        Grade.Note,
        "spaces other than U+0020 (no-break, thin, ideographic in Latin text, ...) stand in a text",
        "They look alike and are other tokens. French and Japanese use some of them on purpose.",
        "Replace them where the language does not ask for them."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        ByteOrderMark,
        ZeroWidth,
        Bidi,
        Tags,
        Nul,
        Terminal,
        Control,
        Replacement,
        PrivateUse,
        Noncharacter,
        LineSeparator,
        OddSpace,
    ];

    public void Look(ExaminedRow row)
    {
        foreach (RowText text in row.Texts)
        {
            if (CharacterSet.IsPlain(text.Text))
                continue;
            var seen = new OrderedDictionary<Check, (int Count, int First)>();
            foreach ((Check check, int at) in Of(text.Text))
                seen[check] = seen.TryGetValue(check, out (int Count, int First) known)
                    ? (known.Count + 1, known.First)
                    : (1, at);
            foreach ((Check check, (int count, int first)) in seen)
                row.Add(
                    check,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.Where(text)}, character {first + 1} ({Named(text.Text, first)})"
                            + $"{(count > 1 ? $", {count} of them" : "")}"
                    )
                );
        }
    }

    /// <summary>The characters of a text that are at fault, in order.</summary>
    public static IEnumerable<(Check Check, int At)> Of(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= ' ' and < '\u007f' or '\n' or '\t')
                continue;
            if (char.IsHighSurrogate(c) && i + 1 < text.Length)
            {
                if (OfPair(text, i) is { } check)
                    yield return (check, i);
                i++;
            }
            else if (Of(text, i) is { } check)
                yield return (check, i);
        }
    }

    private static Check? Of(string text, int i) =>
        text[i] switch
        {
            '\ufeff' => ByteOrderMark,
            '\u200b' or '\u2060' or '\u180e' or '\u00ad' or '\u034f' or (>= '\u2061' and <= '\u2064') => ZeroWidth,
            '\u200c' or '\u200d' => InvisibleCharacters.IsJoinerNeeded(text, i) ? null : ZeroWidth,
            (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u200e' or '\u200f' or '\u061c' =>
                InvisibleCharacters.IsDirectionNeeded(text) ? null : Bidi,
            '\r' when i + 1 < text.Length && text[i + 1] == '\n' => LineSeparator,
            '\r' or '\u2028' or '\u2029' or '\u0085' => LineSeparator,
            '\0' or '\u007f' => Nul,
            '\u001b' when i + 1 < text.Length && text[i + 1] == '[' => Terminal,
            < ' ' or (>= '\u007f' and < '\u00a0') => Control,
            '\ufffd' => Replacement,
            (>= '\ue000' and <= '\uf8ff') => PrivateUse,
            (>= '\ufdd0' and <= '\ufdef') or '\ufffe' or '\uffff' => Noncharacter,
            '\u00a0' or '\u1680' or (>= '\u2000' and <= '\u200a') or '\u202f' or '\u205f' => OddSpace,
            _ => null,
        };

    private static Check? OfPair(string text, int i)
    {
        int value = char.ConvertToUtf32(text[i], text[i + 1]);
        return value switch
        {
            >= 0xe0000 and <= 0xe007f => InvisibleCharacters.IsOfFlag(text, i) ? null : Tags,
            >= 0xf0000 => (value & 0xfffe) == 0xfffe ? Noncharacter : PrivateUse,
            _ => (value & 0xfffe) == 0xfffe ? Noncharacter : null,
        };
    }

    private static string Named(string text, int at) =>
        Rune.TryGetRuneAt(text, at, out Rune rune) ? $"U+{rune.Value:X4}" : $"U+{(int)text[at]:X4}";
}
