using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>A format specification, after the colon: fill, alignment, sign, width, precision and type.</summary>
internal static partial class FormatSpec
{
    public static string Apply(string spec, object? value, int line)
    {
        Match match = Form().Match(spec);
        string kind = match.Groups["kind"].Value;
        string grouping = match.Groups["grouping"].Value;
        string sign = match.Groups["sign"].Value;
        if (!match.Success || !(value is string || Numbers.IsNumber(value)))
            throw new TemplateException(line, $"the format \"{spec}\" does not take {Values.Kind(value)}.");
        int width = Size(match.Groups["width"].Value, 0);
        int precision = Size(match.Groups["precision"].Value, -1);
        bool zeros = match.Groups["zero"].Length > 0 && match.Groups["side"].Length == 0;
        string fill =
            match.Groups["fill"].Length > 0 ? match.Groups["fill"].Value
            : match.Groups["zero"].Length > 0 ? "0"
            : " ";
        if (value is string text)
        {
            if (kind is not ("" or "s") || sign.Length > 0 || grouping.Length > 0 || match.Groups["side"].Value == "=")
                throw new TemplateException(line, $"the format \"{spec}\" does not take a text.");
            return Padded(
                "",
                precision >= 0 && precision < text.Length ? text[..precision] : text,
                fill,
                width,
                match.Groups["side"].Value is { Length: > 0 } side ? side : "<"
            );
        }
        (bool isNegative, string number) = Number(value, kind, precision, match.Groups["alternate"].Length > 0, spec, line);
        string front =
            (
                isNegative ? "-"
                : sign is "+" or " " ? sign
                : ""
            ) + (match.Groups["alternate"].Length > 0 && kind is "x" or "X" or "o" or "b" ? "0" + kind : "");
        return Padded(
            front,
            Grouped(number, grouping, kind is "x" or "X" or "o" or "b" ? 4 : 3),
            fill,
            width,
            zeros ? "="
                : match.Groups["side"].Value is { Length: > 0 } given ? given
                : ">"
        );
    }

    private static (bool IsNegative, string Text) Number(
        object? value,
        string kind,
        int precision,
        bool alternate,
        string spec,
        int line
    )
    {
        switch (kind)
        {
            case "" or "d" or "n" or "x" or "X" or "o" or "b" when Numbers.IsWhole(value) && precision < 0:
                return NumberFormat.Whole(value, kind is "" or "n" ? 'd' : kind[0]);
            case "c"
                when Numbers.IsWhole(value) && Numbers.Clamped(value) is >= 0 and <= 0x10ffff and not (>= 0xd800 and < 0xe000):
                return (false, char.ConvertFromUtf32((int)Numbers.Clamped(value)));
            case "" when value is double number:
                if (precision >= 0)
                    return
                        NumberFormat.Float(number, 'g', Math.Max(precision, 1), keepsZeros: false) is var g
                        && g.Text.AsSpan().ContainsAnyExceptInRange('0', '9')
                        ? g
                        : (g.IsNegative, g.Text + ".0");
                return (double.IsNegative(number) && !double.IsNaN(number), FloatFormat.Repr(Math.Abs(number)));
            case "e" or "E" or "f" or "F" or "g" or "G" or "n":
                return NumberFormat.Float(
                    Numbers.Float(value),
                    kind == "n" ? 'g' : kind[0],
                    precision < 0 ? 6 : precision,
                    alternate
                );
            case "%":
                return NumberFormat.Float(Numbers.Float(value) * 100, 'f', precision < 0 ? 6 : precision, alternate) is var share
                    ? (share.IsNegative, share.Text + "%")
                    : default;
            default:
                throw new TemplateException(line, $"the format \"{spec}\" does not take {Values.Kind(value)}.");
        }
    }

    private static string Grouped(string number, string grouping, int size)
    {
        if (grouping.Length == 0)
            return number;
        int digits = number.AsSpan().IndexOfAnyExcept("0123456789abcdefABCDEF") is >= 0 and var end ? end : number.Length;
        string whole = number[..digits];
        for (int at = digits - size; at > 0; at -= size)
            whole = whole.Insert(at, grouping);
        return whole + number[digits..];
    }

    private static string Padded(string front, string text, string fill, int width, string side)
    {
        int room = Math.Max(0, width - front.Length - CodePoints.Count(text));
        int left = side switch
        {
            "<" => 0,
            "^" => room / 2,
            _ => room,
        };
        string Fill(int count) => string.Concat(Enumerable.Repeat(fill, count));
        return side == "=" ? front + Fill(room) + text : Fill(left) + front + text + Fill(room - left);
    }

    private static int Size(string text, int otherwise) =>
        text.Length == 0 ? otherwise
        : text.Length > 6 ? NumberFormat.Longest
        : Math.Min(int.Parse(text, CultureInfo.InvariantCulture), NumberFormat.Longest);

    [GeneratedRegex(
        @"^(?:(?<fill>(?s:.))?(?<side>[<>=^]))?(?<sign>[-+ ])?z?(?<alternate>#)?(?<zero>0)?"
            + @"(?<width>\d+)?(?<grouping>[,_])?(?:\.(?<precision>\d+))?(?<kind>[a-zA-Z%])?$"
    )]
    private static partial Regex Form();
}
