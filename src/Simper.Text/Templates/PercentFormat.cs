using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>"%s and %(name)d" % values, formatted as in Python.</summary>
internal static partial class PercentFormat
{
    /// <param name="format">The text.</param>
    /// <param name="values">A tuple of values, a map by name, or one value.</param>
    /// <param name="line">The line of the template.</param>
    public static string Fill(string format, object? values, int line)
    {
        var result = new StringBuilder();
        List<object?> given = values is TemplateTuple tuple ? tuple : [values];
        int next = 0;
        int at = 0;
        object? Next() =>
            next < given.Count
                ? given[next++]
                : throw new TemplateException(line, "there are fewer values than the format asks for.");
        for (int percent; (percent = format.IndexOf('%', at)) >= 0; )
        {
            result.Append(format, at, percent - at);
            Match field = Field().Match(format, percent);
            if (!field.Success)
                throw new TemplateException(
                    line,
                    $"the format \"{format[percent..Math.Min(format.Length, percent + 8)]}\" is not supported."
                );
            at = percent + field.Length;
            char kind = field.Groups["kind"].Value[0];
            if (kind == '%')
            {
                result.Append('%');
                continue;
            }
            if (field.Groups["name"].Success && values is not TemplateMap)
                throw new TemplateException(line, "the format asks for values by name, so it needs a map.");
            string flags = field.Groups["flags"].Value;
            long width = Size(field.Groups["width"].Value, Next, line);
            if (width < 0)
                (width, flags) = (-width, flags + "-");
            long precision = field.Groups["dot"].Success ? Size(field.Groups["precision"].Value, Next, line) : -1;
            object? value =
                !field.Groups["name"].Success ? Next()
                : ((TemplateMap)values!).TryGetValue(field.Groups["name"].Value, out object? named) ? named
                : throw new TemplateException(line, $"the format asks for \"{field.Groups["name"].Value}\", which is not given.");
            result.Append(
                One(
                    kind,
                    flags,
                    (int)Math.Min(width, NumberFormat.Longest),
                    (int)Math.Min(precision, NumberFormat.Longest),
                    value,
                    line
                )
            );
        }
        if (next < given.Count && (values is TemplateTuple || values is not (TemplateMap or List<object?>)))
            throw new TemplateException(line, "there are more values than the format asks for.");
        return result.Append(format, at, format.Length - at).ToString();
    }

    private static long Size(string text, Func<object?> next, int line)
    {
        if (text != "*")
            return text.Length == 0
                ? 0
                : Math.Min(
                    text.Length > 9 ? int.MaxValue : long.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
                    int.MaxValue
                );
        object? value = next();
        return Numbers.IsWhole(value)
            ? Math.Clamp(Numbers.Clamped(value), -int.MaxValue, int.MaxValue)
            : throw new TemplateException(line, "* needs a whole number.");
    }

    private static string One(char kind, string flags, int width, int precision, object? value, int line)
    {
        switch (kind)
        {
            case 's' or 'r' or 'a':
                string text = kind == 's' ? Values.ToText(value) : Values.Repr(value);
                return Padded(
                    "",
                    precision >= 0 && precision < text.Length ? text[..precision] : text,
                    flags,
                    width,
                    zeros: false
                );
            case 'c':
                return Padded("", Character(value, line), flags, width, zeros: false);
            case 'd' or 'i' or 'u' when Numbers.IsNumber(value):
                return Number(
                    NumberFormat.Whole(value is double d ? Numbers.Truncated(d) : value, 'd'),
                    "",
                    flags,
                    width,
                    precision
                );
            case 'x' or 'X' or 'o' when Numbers.IsWhole(value):
                return Number(
                    NumberFormat.Whole(value, kind),
                    flags.Contains('#', StringComparison.Ordinal) ? "0" + kind : "",
                    flags,
                    width,
                    precision
                );
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' when Numbers.IsNumber(value):
                return Number(
                    NumberFormat.Float(
                        Numbers.Float(value),
                        kind,
                        precision < 0 ? 6 : precision,
                        flags.Contains('#', StringComparison.Ordinal)
                    ),
                    "",
                    flags,
                    width,
                    0
                );
            default:
                throw new TemplateException(line, $"the format %{kind} does not take {Values.Kind(value)}.");
        }
    }

    private static string Character(object? value, int line) =>
        value switch
        {
            string text when CodePoints.Count(text) == 1 => text,
            _ when Numbers.IsWhole(value) && Numbers.Clamped(value) is >= 0 and < 0xd800 or > 0xdfff and <= 0x10ffff =>
                char.ConvertFromUtf32((int)Numbers.Clamped(value)),
            _ => throw new TemplateException(line, "the format %c takes one character or its number."),
        };

    private static string Number((bool IsNegative, string Text) number, string prefix, string flags, int width, int digits)
    {
        string sign =
            number.IsNegative ? "-"
            : flags.Contains('+', StringComparison.Ordinal) ? "+"
            : flags.Contains(' ', StringComparison.Ordinal) ? " "
            : "";
        return Padded(
            sign + prefix,
            number.Text.PadLeft(Math.Max(digits, 0), '0'),
            flags,
            width,
            zeros: flags.Contains('0', StringComparison.Ordinal)
        );
    }

    private static string Padded(string front, string text, string flags, int width, bool zeros)
    {
        int room = Math.Max(0, width - front.Length - CodePoints.Count(text));
        if (flags.Contains('-', StringComparison.Ordinal))
            return front + text + new string(' ', room);
        return zeros ? front + new string('0', room) + text : new string(' ', room) + front + text;
    }

    [GeneratedRegex(
        @"\G%(?:\((?<name>[^)]*)\))?(?<flags>[-+ #0]*)(?<width>\d+|\*)?(?<dot>\.(?<precision>\d+|\*)?)?[hlL]?(?<kind>[a-zA-Z%])"
    )]
    private static partial Regex Field();
}
