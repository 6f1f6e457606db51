using System.Globalization;
using System.Text;

namespace Simper;

/// <summary>The escapes of Python's text literals, which Jinja's are too.</summary>
public static class PythonEscapes
{
    /// <summary>Reads one escape.</summary>
    /// <param name="literal">The source.</param>
    /// <param name="at">Its backslash; afterwards the first character behind the escape.</param>
    /// <param name="to">Receives what the escape stands for.</param>
    /// <exception cref="FormatException">Python refuses it too, or it names a character (<c>\N</c>); the message says what to
    /// write.</exception>
    public static void Read(string literal, ref int at, StringBuilder to)
    {
        if (at + 1 >= literal.Length)
            throw new FormatException("a text ends with a backslash; write two.");
        char kind = literal[at + 1];
        at += 2;
        switch (kind)
        {
            case 'x':
                to.Append(CodePoint(literal, ref at, kind, digits: 2));
                return;
            case 'u':
                to.Append(CodePoint(literal, ref at, kind, digits: 4));
                return;
            case 'U':
                to.Append(CodePoint(literal, ref at, kind, digits: 8));
                return;
            case 'N':
                throw new FormatException(
                    "a text has the escape \\N, which names a character, and the names are not known here; write the "
                        + "character itself, or its number as in \\u00e9."
                );
            case >= '0' and <= '7':
                at--;
                to.Append(Octal(literal, ref at));
                return;
        }
        to.Append(
            kind switch
            {
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                'b' => "\b",
                'f' => "\f",
                'v' => "\v",
                'a' => "\a",
                '\n' => "",
                '\\' or '\'' or '"' => kind.ToString(),
                _ => "\\" + kind,
            }
        );
    }

    private static string CodePoint(string literal, ref int at, char kind, int digits)
    {
        if (
            at + digits > literal.Length
            || !uint.TryParse(
                literal.AsSpan(at, digits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out uint code
            )
            || code > 0x10ffff
        )
            throw new FormatException(
                $"a text has the escape \\{kind} without the {digits} hexadecimal digits of a character; write them, or two "
                    + "backslashes."
            );
        at += digits;
        return Rune.TryCreate(code, out Rune rune) ? rune.ToString() : ((char)code).ToString();
    }

    // At most three digits.
    private static char Octal(string literal, ref int at)
    {
        int value = 0;
        for (int end = Math.Min(at + 3, literal.Length); at < end && literal[at] is >= '0' and <= '7'; at++)
            value = value * 8 + (literal[at] - '0');
        return (char)value;
    }
}
