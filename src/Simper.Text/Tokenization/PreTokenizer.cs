using System.Globalization;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>A step of the <c>pre_tokenizer</c> section: splits pieces into smaller ones, and may rewrite them.</summary>
internal abstract class PreTokenizer
{
    /// <param name="pieces">The pieces from the steps before.</param>
    public abstract List<AlignedText> Apply(List<AlignedText> pieces);

    /// <summary>Several, one after another.</summary>
    public sealed class Sequence(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
    {
        public IReadOnlyList<PreTokenizer> Steps => steps;

        public override List<AlignedText> Apply(List<AlignedText> pieces) => steps.Aggregate(pieces, (p, step) => step.Apply(p));
    }

    /// <summary>Splits by the matches of a pattern.</summary>
    public sealed class Split(Func<string, List<(int Start, int Length)>> matches, SplitBehavior behavior, bool invert)
        : PreTokenizer
    {
        /// <summary>The pattern, if it is a regular expression.</summary>
        public string? Pattern { private get; init; }

        /// <summary>The pattern if its matches become pieces, null for other behaviours.</summary>
        public string? IsolatedPattern => behavior == SplitBehavior.Isolated && !invert ? Pattern : null;

        public override List<AlignedText> Apply(List<AlignedText> pieces)
        {
            var result = new List<AlignedText>(pieces.Count * 2);
            foreach (AlignedText piece in pieces)
            {
                foreach ((int start, int length) in PieceSplitter.Split(piece.Length, matches(piece.Text), behavior, invert))
                    result.Add(piece.Slice(start, length));
            }
            return result;
        }
    }

    /// <summary>GPT-2's: split by its pattern if enabled, then each piece in the byte alphabet.</summary>
    public sealed class ByteLevel(bool addPrefixSpace, bool useRegex) : PreTokenizer
    {
        /// <summary>Whether a space is prepended.</summary>
        public bool AddsSpace => addPrefixSpace;

        /// <summary>Whether the text is split by GPT-2's pattern.</summary>
        public bool Splits => useRegex;

        private static readonly CodePointRegex Gpt2 = new(KnownPatterns.Gpt2, "GPT-2's pattern");

        public override List<AlignedText> Apply(List<AlignedText> pieces)
        {
            var result = new List<AlignedText>(pieces.Count * 2);
            foreach (AlignedText given in pieces)
            {
                AlignedText piece = addPrefixSpace && !given.Text.StartsWith(' ') ? given.Edit([(0, 0, " ")]) : given;
                if (!useRegex)
                {
                    result.Add(ByteAlphabet.Encode(piece));
                    continue;
                }
                foreach (
                    (int start, int length) in PieceSplitter.Split(
                        piece.Length,
                        Gpt2.Matches(piece.Text),
                        SplitBehavior.Isolated,
                        invert: false
                    )
                )
                    result.Add(ByteAlphabet.Encode(piece.Slice(start, length)));
            }
            return result;
        }
    }

    /// <summary>
    /// SentencePiece's: spaces become a visible mark, which is prepended as well, and pieces begin at marks if enabled.
    /// </summary>
    public sealed class Metaspace(char mark, PrependScheme prepend, bool split) : PreTokenizer
    {
        public override List<AlignedText> Apply(List<AlignedText> pieces)
        {
            var result = new List<AlignedText>(pieces.Count * 2);
            string markText = mark.ToString();
            var replace = new Normalizer.Replace(" ", markText);
            foreach (AlignedText given in pieces)
            {
                AlignedText piece = replace.Apply(given);
                bool first =
                    prepend == PrependScheme.Always
                    || (prepend == PrependScheme.First && given.Length > 0 && given.Original(0, 1).Start == 0);
                if (first && !piece.Text.StartsWith(mark))
                    piece = piece.Edit([(0, 0, markText)]);
                if (!split)
                {
                    result.Add(piece);
                    continue;
                }
                List<(int, int)> marks =
                [
                    .. Enumerable.Range(0, piece.Length).Where(i => piece.Text[i] == mark).Select(i => (i, 1)),
                ];
                foreach (
                    (int start, int length) in PieceSplitter.Split(
                        piece.Length,
                        marks,
                        SplitBehavior.MergedWithNext,
                        invert: false
                    )
                )
                    result.Add(piece.Slice(start, length));
            }
            return result;
        }
    }

    /// <summary>Pieces of a number of characters each, the last one of what is left.</summary>
    public sealed class FixedLength(int characters) : PreTokenizer
    {
        public override List<AlignedText> Apply(List<AlignedText> pieces)
        {
            var result = new List<AlignedText>();
            foreach (AlignedText piece in pieces)
            {
                for (int start = 0, end = 0; start < piece.Length; start = end)
                {
                    for (int i = 0; i < characters && end < piece.Length; i++)
                        end += char.IsHighSurrogate(piece.Text[end]) ? 2 : 1;
                    result.Add(piece.Slice(start, end - start));
                }
            }
            return result;
        }
    }

    /// <summary>Splits off characters of a kind: each alone, or in runs.</summary>
    public static Func<string, List<(int, int)>> RunsOf(Func<Rune, bool> kind, bool individual) =>
        text =>
        {
            var runs = new List<(int, int)>();
            for (int i = 0; i < text.Length; )
            {
                Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
                if (kind(rune))
                {
                    if (!individual && runs.Count > 0 && runs[^1].Item1 + runs[^1].Item2 == i)
                        runs[^1] = (runs[^1].Item1, runs[^1].Item2 + length);
                    else
                        runs.Add((i, length));
                }
                i += length;
            }
            return runs;
        };
}

/// <summary>Where Metaspace prepends a mark: nowhere, before the first piece of a text, before every piece.</summary>
internal enum PrependScheme
{
    Never,
    First,
    Always,
}

/// <summary>How a pattern's matches are treated (<c>behavior</c>).</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
