using System.Globalization;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>Python's two ways of filling values into a text, as far as templates use them.</summary>
internal static class PythonFormat
{
    /// <summary>"%s and %d" % values.</summary>
    public static string Percent(string format, IReadOnlyList<object?> values, int line)
    {
        var result = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                result.Append(format[i]);
                continue;
            }
            int spec = ++i;
            while (i < format.Length && (char.IsDigit(format[i]) || format[i] is '.' or '-' or '+' or ' '))
                i++;
            if (i >= format.Length)
                throw new TemplateException(line, "the format ends in %.");
            if (format[i] == '%')
            {
                result.Append('%');
                continue;
            }
            if (next >= values.Count)
                throw new TemplateException(line, "there are fewer values than the format asks for.");
            result.Append(One(format[spec..i], format[i], values[next++], line));
        }
        return result.ToString();
    }

    /// <summary>"{} and {name}".format(values).</summary>
    public static string Braces(string format, CallArguments given)
    {
        var result = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] is '{' or '}' && i + 1 < format.Length && format[i + 1] == format[i])
            {
                result.Append(format[i++]);
                continue;
            }
            if (format[i] != '{')
            {
                result.Append(format[i]);
                continue;
            }
            int end = format.IndexOf('}', i);
            if (end < 0)
                throw new TemplateException(given.Line, "a { of the format is not closed.");
            string[] field = format[(i + 1)..end].Split(':', 2);
            object? value = field[0].Length == 0 ? given.Get(next++, "") : int.TryParse(field[0], NumberStyles.None, CultureInfo.InvariantCulture, out int place)
                ? given.Get(place, "", new Undefined(field[0]))
                : given.Named.TryGetValue(field[0], out object? named) ? named : throw new TemplateException(given.Line, $"the format asks for \"{field[0]}\", which is not given.");
            result.Append(field.Length == 2 && field[1].Length > 0 ? One(field[1][..^1], field[1][^1], value, given.Line) : Values.ToText(value));
            i = end;
        }
        return result.ToString();
    }

    private static string One(string spec, char kind, object? value, int line)
    {
        string[] parts = spec.TrimStart('-', '+', ' ').Split('.');
        int width = Math.Min(int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int w) ? w : 0, 1000);
        int precision = Math.Min(parts.Length > 1 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int p) ? p : 6, 100);
        string text = kind switch
        {
            's' => Values.ToText(value),
            'r' => Values.Repr(value),
            'd' or 'i' when Values.IsNumber(value) => ((long)Values.ToDouble(value)).ToString(CultureInfo.InvariantCulture),
            'f' or 'F' when Values.IsNumber(value) => Values.ToDouble(value).ToString("F" + precision, CultureInfo.InvariantCulture),
            'x' when value is long n => n.ToString("x", CultureInfo.InvariantCulture),
            _ => throw new TemplateException(line, $"the format %{spec}{kind} is not supported for {Values.Kind(value)}."),
        };
        bool zeros = parts[0].StartsWith('0') && Values.IsNumber(value);
        return spec.StartsWith('-') ? text.PadRight(width) : text.PadLeft(width, zeros ? '0' : ' ');
    }
}
