using System.Globalization;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>Parts of BERT's normaliser that other files do not have as steps.</summary>
internal static class BertSteps
{
    /// <summary>Removes control characters, and makes all white space a space.</summary>
    public sealed class Cleaned : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            PerCluster(
                text,
                static character =>
                    Rune.GetRuneAt(character, 0) switch
                    {
                        { Value: '\t' or '\n' or '\r' } => " ",
                        { Value: 0xfffd } => "",
                        var rune
                            when Rune.GetUnicodeCategory(rune)
                                is UnicodeCategory.Control
                                    or UnicodeCategory.Format
                                    or UnicodeCategory.PrivateUse => "",
                        var rune => Rune.IsWhiteSpace(rune) ? " " : character,
                    },
                static _ => true
            );
    }

    /// <summary>Puts spaces around CJK ideographs.</summary>
    public sealed class SpacedIdeographs : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            PerCluster(
                text,
                static character => IsIdeograph(Rune.GetRuneAt(character, 0)) ? $" {character} " : character,
                static _ => true
            );

        private static bool IsIdeograph(Rune rune) =>
            rune.Value
                is (>= 0x4e00 and <= 0x9fff)
                    or (>= 0x3400 and <= 0x4dbf)
                    or (>= 0x20000 and <= 0x2a6df)
                    or (>= 0x2a700 and <= 0x2b73f)
                    or (>= 0x2b740 and <= 0x2b81f)
                    or (>= 0x2b920 and <= 0x2ceaf)
                    or (>= 0xf900 and <= 0xfaff)
                    or (>= 0x2f800 and <= 0x2fa1f);
    }

    /// <summary>Removes non-spacing marks; the other kinds of marks stay.</summary>
    public sealed class WithoutAccents : Normalizer
    {
        public override AlignedText Apply(AlignedText text) =>
            PerCluster(
                text,
                static character =>
                    Rune.GetUnicodeCategory(Rune.GetRuneAt(character, 0)) == UnicodeCategory.NonSpacingMark ? "" : character,
                static _ => true
            );
    }
}
