using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// Splits a text into independent words, like published pre-tokenizers, without a regular expression: each kind finds the end of
/// the word starting at an index. Words cover the text. Tests compare each kind with its pattern. Immutable, thread safe.
/// </summary>
internal abstract class WordSplitter
{
    private const byte Other = 0;
    private const byte Letter = 1;
    private const byte Number = 2;
    private const byte Space = 3;

    private static readonly byte[] KindOfAscii = [.. Enumerable.Range(0, 128).Select(c => KindOf(new Rune(c)))];

    /// <summary>The end of the word that starts at <paramref name="start"/>, which is inside the text.</summary>
    public abstract int End(ReadOnlySpan<char> text, int start);

    /// <summary>The splitter equivalent to a byte-level pre-tokenizer; null if there is none.</summary>
    public static WordSplitter? Of(PreTokenizer? preTokenizer) =>
        preTokenizer switch
        {
            PreTokenizer.ByteLevel { AddsSpace: false, Splits: true } => new Gpt2(digitsAlone: false),
            PreTokenizer.Sequence { Steps: [var only] } => Of(only),
            PreTokenizer.Sequence
            {
                Steps: [
                    PreTokenizer.Split { IsolatedPattern: KnownPatterns.Digit },
                    PreTokenizer.ByteLevel { AddsSpace: false, Splits: true },
                ]
            } => new Gpt2(digitsAlone: true),
            PreTokenizer.Sequence
            {
                Steps: [
                    PreTokenizer.Split { IsolatedPattern: KnownPatterns.Llama3 },
                    PreTokenizer.ByteLevel { AddsSpace: false, Splits: false },
                ]
            } => new Llama3(digits: 3),
            PreTokenizer.Sequence
            {
                Steps: [
                    PreTokenizer.Split { IsolatedPattern: KnownPatterns.Qwen2 },
                    PreTokenizer.ByteLevel { AddsSpace: false, Splits: false },
                ]
            } => new Llama3(digits: 1),
            _ => null,
        };

    /// <summary><see cref="KnownPatterns.Gpt2"/>, between digits if those are split off first.</summary>
    public sealed class Gpt2(bool digitsAlone) : WordSplitter
    {
        public override int End(ReadOnlySpan<char> text, int start)
        {
            byte kind = Kind(text, start, out int width);
            if (digitsAlone && kind == Number)
                return start + width;
            if (text[start] == '\'' && Contraction(text, start, ignoreCase: false) is > 0 and int contraction)
                return contraction;
            if (
                text[start] == ' '
                && start + 1 < text.Length
                && Kind(text, start + 1, out width) is var next
                && next != Space
                && !(digitsAlone && next == Number)
            )
                return RunEnd(text, start + 1 + width, next);
            if (kind != Space)
                return RunEnd(text, start + width, kind);
            int end = RunEnd(text, start + 1, Space);
            bool last = end == text.Length || (digitsAlone && Kind(text, end, out _) == Number);
            return last || end - 1 == start ? end : end - 1; // the last of several spaces belongs to what follows
        }
    }

    /// <summary><see cref="KnownPatterns.Llama3"/>; with one digit per word <see cref="KnownPatterns.Qwen2"/>.</summary>
    public sealed class Llama3(int digits) : WordSplitter
    {
        public override int End(ReadOnlySpan<char> text, int start)
        {
            char first = text[start];
            byte kind = Kind(text, start, out int width);
            if (first == '\'' && Contraction(text, start, ignoreCase: true) is > 0 and int contraction)
                return contraction;
            if (kind == Letter)
                return RunEnd(text, start + width, Letter);
            if (kind == Number)
                return RunEnd(text, start + width, Number, digits - 1);
            int behind = start + width;
            byte next = behind < text.Length ? Kind(text, behind, out width) : Space;
            if (next == Letter && first is not ('\r' or '\n'))
                return RunEnd(text, behind + width, Letter);
            if (kind == Other || (first == ' ' && next == Other))
                return LinesEnd(text, RunEnd(text, behind, Other));
            int end = RunEnd(text, behind, Space);
            if (text[start..end].LastIndexOfAny('\r', '\n') is >= 0 and int newline)
                return start + newline + 1;
            return end == text.Length || end - 1 == start ? end : end - 1;
        }

        private static int LinesEnd(ReadOnlySpan<char> text, int at)
        {
            while (at < text.Length && text[at] is '\r' or '\n')
                at++;
            return at;
        }
    }

    /// <summary>
    /// SentencePiece-like: a word is a run of marks (spaces, which will become marks) and what follows up to the next one.
    /// </summary>
    public sealed class Marks(char mark) : WordSplitter
    {
        public override int End(ReadOnlySpan<char> text, int start)
        {
            ReadOnlySpan<char> rest = text[start..];
            int word = rest.IndexOfAnyExcept(' ', mark);
            int end = word < 0 ? -1 : rest[word..].IndexOfAny(' ', mark);
            return end < 0 ? text.Length : start + word + end;
        }
    }

    // 's 't 're 've 'm 'll 'd; 0 if none.
    private static int Contraction(ReadOnlySpan<char> text, int start, bool ignoreCase)
    {
        (char first, char second) = (At(text, start + 1), At(text, start + 2));
        if (ignoreCase)
            (first, second) = (Lower(first), Lower(second));
        return first is 's' or 't' or 'm' or 'd' ? start + 2
            : (first is 'r' or 'v' && second == 'e') || (first == 'l' && second == 'l') ? start + 3
            : 0;

        static char At(ReadOnlySpan<char> text, int at) => at < text.Length ? text[at] : '\0';
        static char Lower(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int at, byte kind, int most = int.MaxValue)
    {
        for (; most > 0 && at < text.Length && Kind(text, at, out int width) == kind; most--)
            at += width;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Kind(ReadOnlySpan<char> text, int at, out int width)
    {
        char c = text[at];
        width = 1;
        return c < 128 ? KindOfAscii[c] : KindBeyondAscii(text, at, out width);
    }

    private static byte KindBeyondAscii(ReadOnlySpan<char> text, int at, out int width)
    {
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out width);
        return KindOf(rune);
    }

    private static byte KindOf(Rune rune) =>
        Rune.IsLetter(rune) ? Letter
        : CharacterKinds.IsNumeric(rune) ? Number
        : Rune.IsWhiteSpace(rune) ? Space
        : Other;
}
