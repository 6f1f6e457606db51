using System.Globalization;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>A step of the <c>normalizer</c> section: text to text, keeping the alignment of characters.</summary>
internal abstract class Normalizer
{
    public abstract AlignedText Apply(AlignedText text);

    /// <summary>Several, one after another.</summary>
    public sealed class Sequence(IReadOnlyList<Normalizer> steps) : Normalizer
    {
        public IReadOnlyList<Normalizer> Steps => steps;

        public override AlignedText Apply(AlignedText text) => steps.Aggregate(text, (t, step) => step.Apply(t));
    }

    /// <summary>Prepends a text, unless the text is empty.</summary>
    public sealed class Prepend(string what) : Normalizer
    {
        public override AlignedText Apply(AlignedText text) => text.Length == 0 ? text : text.Edit([(0, 0, what)]);
    }

    /// <summary>Replaces every occurrence of a text.</summary>
    public sealed class Replace(string pattern, string content) : Normalizer
    {
        public string Pattern => pattern;

        public string Content => content;

        public override AlignedText Apply(AlignedText text)
        {
            var edits = new List<(int, int, string)>();
            for (
                int at = text.Text.IndexOf(pattern, StringComparison.Ordinal);
                at >= 0;
                at = text.Text.IndexOf(pattern, at + pattern.Length, StringComparison.Ordinal)
            )
                edits.Add((at, at + pattern.Length, content));
            return text.Edit(edits);
        }
    }

    /// <summary>Replaces every match of a regular expression.</summary>
    public sealed class ReplaceMatches(CodePointRegex pattern, string content) : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            text.Edit([.. pattern.Matches(text.Text).Select(m => (m.Start, m.Start + m.Length, content))]);
    }

    /// <summary>Trims white space.</summary>
    public sealed class Strip(bool left, bool right) : Normalizer
    {
        public override AlignedText Apply(AlignedText text)
        {
            string trimmed = left ? text.Text.TrimStart() : text.Text;
            int start = text.Length - trimmed.Length;
            return text.Slice(start, (right ? trimmed.TrimEnd() : trimmed).Length);
        }
    }

    /// <summary>Lower case, character by character.</summary>
    public sealed class Lowercase : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            PerCluster(text, static cluster => cluster == "\u0130" ? "i\u0307" : cluster.ToLowerInvariant(), static _ => true);
    }

    /// <summary>Drops combining marks.</summary>
    public sealed class StripAccents : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            PerCluster(
                text,
                static cluster => CharacterKinds.IsMark(Rune.GetRuneAt(cluster, 0)) ? "" : cluster,
                static _ => true
            );
    }

    /// <summary>Drops control characters, and makes the white space of other scripts and the mark of a space a space.</summary>
    public sealed class Nmt : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            PerCluster(
                text,
                static cluster =>
                    Rune.GetRuneAt(cluster, 0).Value switch
                    {
                        (>= 0x01 and <= 0x08) or 0x0b or (>= 0x0e and <= 0x1f) or 0x7f or 0x8f or 0x9f => "",
                        0x09 or 0x0a or 0x0c or 0x0d or 0x1680 or (>= 0x200b and <= 0x200f) => " ",
                        0x2028 or 0x2029 or 0x2581 or 0xfeff or 0xfffd => " ",
                        _ => cluster,
                    },
                static _ => true
            );
    }

    /// <summary>The text's bytes in GPT-2's alphabet.</summary>
    public sealed class ByteLevel : Normalizer
    {
        public override AlignedText Apply(AlignedText text) => ByteAlphabet.Encode(text);
    }

    /// <summary>A Unicode normalisation form.</summary>
    public sealed class Unicode(NormalizationForm form) : Normalizer
    {
        private static readonly bool Works = "e\u0301".Normalize(NormalizationForm.FormC).Length == 1;

        /// <summary>Whether a text is already in the form.</summary>
        public bool LeavesAlone(ReadOnlySpan<char> text) => Ascii.IsValid(text) || (Works && IsNormal(text));

        public override AlignedText Apply(AlignedText text)
        {
            if (Ascii.IsValid(text.Text))
                return text;
            if (!Works)
                throw new SimperException(
                    "This tokenizer needs Unicode normalisation, which .NET offers here only with the ICU libraries: "
                        + "install libicu, and do not set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT."
                );
            return IsNormal(text.Text) ? text : PerCluster(text, Normal, StartsCluster);
        }

        // .NET refuses texts with the noncharacter U+FFFE, which may still occur in a text; nothing composes with it.
        private const char NoCharacter = '\ufffe';

        private bool IsNormal(ReadOnlySpan<char> text)
        {
            for (int at = text.IndexOf(NoCharacter); at >= 0; at = text.IndexOf(NoCharacter))
            {
                if (!text[..at].IsNormalized(form))
                    return false;
                text = text[(at + 1)..];
            }
            return text.IsNormalized(form);
        }

        private string Normal(string cluster) =>
            cluster.Contains(NoCharacter)
                ? string.Join(NoCharacter, cluster.Split(NoCharacter).Select(part => part.Normalize(form)))
                : cluster.Normalize(form);

        // Marks and the later parts of Hangul syllables compose with what precedes them.
        private static bool StartsCluster(Rune rune) =>
            rune.Value is not (>= 0x1160 and <= 0x11ff) && !CharacterKinds.IsMark(rune);
    }

    /// <summary>
    /// Transforms the text cluster by cluster; a cluster begins at the first character and at those that are given.
    /// </summary>
    protected static AlignedText PerCluster(AlignedText text, Func<string, string> change, Func<Rune, bool> startsCluster)
    {
        var edits = new List<(int, int, string)>();
        for (int start = 0; start < text.Length; )
        {
            int end = start;
            do
            {
                Rune.DecodeFromUtf16(text.Text.AsSpan(end), out _, out int length);
                end += length;
            } while (
                end < text.Length
                && Rune.DecodeFromUtf16(text.Text.AsSpan(end), out Rune next, out _) == System.Buffers.OperationStatus.Done
                && !startsCluster(next)
            );
            string cluster = text.Text[start..end];
            string changed = change(cluster);
            if (changed != cluster)
                edits.Add((start, end, changed));
            start = end;
        }
        return text.Edit(edits);
    }
}
