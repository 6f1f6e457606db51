using System.Globalization;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>
/// A string as Python's <c>repr</c> writes it: in single quotes if it contains none or both kinds, unprintable characters
/// escaped.
/// </summary>
internal static class QuotedText
{
    public static string Of(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        for (int i = 0; i < text.Length; )
        {
            (int code, int length) = CodePoints.At(text, i);
            switch (code)
            {
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case '\\':
                    quoted.Append("\\\\");
                    break;
                case var c when c == quote:
                    quoted.Append('\\').Append(quote);
                    break;
                case var c when IsSeen(c):
                    quoted.Append(text, i, length);
                    break;
                default:
                    quoted.Append(
                        code switch
                        {
                            < 0x100 => $"\\x{code:x2}",
                            < 0x10000 => $"\\u{code:x4}",
                            _ => $"\\U{code:x8}",
                        }
                    );
                    break;
            }
            i += length;
        }
        return quoted.Append(quote).ToString();
    }

    // As str.isprintable: no control, format, surrogate, private-use or unassigned code points, and of the separators only the
    // space.
    private static bool IsSeen(int code) =>
        code is >= ' ' and < 0x7f
        || (
            code >= 0xa0
            && CharUnicodeInfo.GetUnicodeCategory(code)
                is not (
                    UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.Surrogate
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.SpaceSeparator
                )
        );
}
