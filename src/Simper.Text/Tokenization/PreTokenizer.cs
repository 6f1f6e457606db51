using System.Globalization;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>A step of the <c>pre_tokenizer</c> section: cuts pieces into smaller ones, and may rewrite them.</summary>
internal abstract class PreTokenizer
{
    /// <param name="pieces">What the steps before left.</param>
    public abstract List<AlignedText> Apply(List<AlignedText> pieces);

    /// <summary>Several, one after another.</summary>
    public sealed class Sequence(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
    {
        public IReadOnlyList<PreTokenizer> Steps => steps;

        public override List<AlignedText> Apply(List<AlignedText> pieces) => steps.Aggregate(pieces, (p, step) => step.Apply(p));
    }

    /// <summary>Cuts along the matches of a pattern.</summary>
    public sealed class Split(Func<string, List<(int Start, int Length)>> matches, SplitBehavior behavior, bool invert)
        : PreTokenizer
    {
        /// <summary>The pattern that the matches are of, where it is a regular expression.</summary>
        public string? Pattern { private get; init; }

        /// <summary>The pattern if its matches become pieces, null if they are treated in another way.</summary>
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

    /// <summary>GPT-2's: cut by its pattern if asked for, then each piece as characters that stand for bytes.</summary>
    public sealed class ByteLevel(bool addPrefixSpace, bool useRegex) : PreTokenizer
    {
        /// <summary>Whether a blank is put in front.</summary>
        public bool AddsSpace => addPrefixSpace;

        /// <summary>Whether the text is cut by GPT-2's pattern.</summary>
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
    /// SentencePiece's: blanks become a visible mark, put in front as well, and pieces begin at marks if asked for.
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

    /// <summary>The parts of a text whose characters are of a kind: alone each, or in runs.</summary>
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

/// <summary>Where Metaspace puts a mark in front: nowhere, before the first piece of a text, before every piece.</summary>
internal enum PrependScheme
{
    Never,
    First,
    Always,
}

/// <summary>What becomes of a pattern's matches (<c>behavior</c>).</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
