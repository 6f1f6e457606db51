using System.Globalization;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>"{} and {name:>8}".format(values), formatted as in Python.</summary>
internal static class BraceFormat
{
    public static string Fill(string format, CallArguments given)
    {
        int next = 0;
        return Fill(format, given, ref next, depth: 0);
    }

    private static string Fill(string format, CallArguments given, ref int next, int depth)
    {
        if (depth > 1)
            throw new TemplateException(given.Line, "the format is nested too deeply.");
        var result = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] is '{' or '}' && i + 1 < format.Length && format[i + 1] == format[i])
            {
                result.Append(format[i++]);
                continue;
            }
            if (format[i] == '}')
                throw new TemplateException(given.Line, "a } of the format closes nothing.");
            if (format[i] != '{')
            {
                result.Append(format[i]);
                continue;
            }
            int end = End(format, i, given.Line);
            result.Append(Field(format[(i + 1)..end], given, ref next, depth));
            i = end;
        }
        return result.ToString();
    }

    private static int End(string format, int start, int line)
    {
        int open = 0;
        for (int i = start; i < format.Length; i++)
        {
            open +=
                format[i] == '{' ? 1
                : format[i] == '}' ? -1
                : 0;
            if (open == 0)
                return i;
        }
        throw new TemplateException(line, "a { of the format is not closed.");
    }

    private static string Field(string field, CallArguments given, ref int next, int depth)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string named = colon < 0 ? field : field[..colon];
        string conversion = named.IndexOf('!', StringComparison.Ordinal) is >= 0 and var mark ? named[(mark + 1)..] : "";
        object? value = Value(conversion.Length > 0 ? named[..^(conversion.Length + 1)] : named, given, ref next);
        string spec = colon < 0 ? "" : Fill(field[(colon + 1)..], given, ref next, depth + 1);
        value = conversion switch
        {
            "" => value,
            "s" => Values.ToText(value),
            "r" or "a" => Values.Repr(value),
            _ => throw new TemplateException(given.Line, $"the format knows !s and !r, not !{conversion}."),
        };
        return spec.Length == 0 ? Values.ToText(value) : FormatSpec.Apply(spec, value, given.Line);
    }

    private static object? Value(string name, CallArguments given, ref int next)
    {
        int path = name.AsSpan().IndexOfAny('.', '[');
        string first = path < 0 ? name : name[..path];
        object? value;
        if (first.Length == 0 || int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            int place = first.Length == 0 ? next++ : int.Parse(first, CultureInfo.InvariantCulture);
            value =
                place < given.Positional.Count
                    ? given.Positional[place]
                    : throw new TemplateException(given.Line, "there are fewer values than the format asks for.");
        }
        else if (!given.Named.TryGetValue(first, out value))
            throw new TemplateException(given.Line, $"the format asks for \"{first}\", which is not given.");
        foreach (string part in path < 0 ? [] : name[path..].Split(['.', '['], StringSplitOptions.RemoveEmptyEntries))
        {
            string key = part.TrimEnd(']');
            value = value switch
            {
                TemplateMap map when map.TryGetValue(key, out object? member) => member,
                List<object?> list
                    when int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < list.Count => list[
                    i
                ],
                _ => new Undefined(key),
            };
        }
        return value;
    }
}
