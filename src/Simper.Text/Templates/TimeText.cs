using System.Globalization;
using System.Text;

namespace Simper.Text.Templates;

/// <summary>A time as Python's <c>strftime</c> writes it on Linux, in the C locale.</summary>
internal static class TimeText
{
    private const string Flags = "-_0^#";

    public static string Of(string format, DateTimeOffset now, int line)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            char flag = Flags.Contains(format[i + 1], StringComparison.Ordinal) && i + 2 < format.Length ? format[i + 1] : ' ';
            i += flag == ' ' ? 1 : 2;
            text.Append(Flagged(Part(format[i], now, line), flag));
        }
        return text.ToString();
    }

    private static string Flagged(string part, char flag)
    {
        bool isNumber = part.Length > 0 && part.All(c => char.IsAsciiDigit(c) || c == ' ');
        string trimmed = part.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : "0";
        return flag switch
        {
            '-' when isNumber => trimmed,
            '_' when isNumber => trimmed.PadLeft(part.Length),
            '0' => part.StartsWith(' ') ? part.Replace(' ', '0') : part,
            '^' => part.ToUpperInvariant(),
            _ => part,
        };
    }

    private static string Part(char code, DateTimeOffset now, int line) =>
        code switch
        {
            'Y' => Format(now, "yyyy"),
            'y' => Format(now, "yy"),
            'C' => Two(now.Year / 100),
            'G' => ISOWeek.GetYear(now.DateTime).ToString("0000", CultureInfo.InvariantCulture),
            'm' => Format(now, "MM"),
            'd' => Format(now, "dd"),
            'e' => Number(now.Day).PadLeft(2),
            'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'u' => Number(now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek),
            'w' => Number((int)now.DayOfWeek),
            'V' => Two(ISOWeek.GetWeekOfYear(now.DateTime)),
            'U' => Two((now.DayOfYear + 6 - (int)now.DayOfWeek) / 7),
            'W' => Two((now.DayOfYear + 6 - ((int)now.DayOfWeek + 6) % 7) / 7),
            'H' => Format(now, "HH"),
            'I' => Format(now, "hh"),
            'k' => Number(now.Hour).PadLeft(2),
            'l' => Number((now.Hour + 11) % 12 + 1).PadLeft(2),
            'M' => Format(now, "mm"),
            'S' => Format(now, "ss"),
            'f' => Format(now, "ffffff"),
            's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'p' => Format(now, "tt"),
            'P' => Format(now, "tt").ToLowerInvariant(),
            'B' => Format(now, "MMMM"),
            'b' or 'h' => Format(now, "MMM"),
            'A' => Format(now, "dddd"),
            'a' => Format(now, "ddd"),
            'F' => Format(now, "yyyy-MM-dd"),
            'D' or 'x' => Format(now, "MM/dd/yy"),
            'T' or 'X' => Format(now, "HH:mm:ss"),
            'R' => Format(now, "HH:mm"),
            'r' => Format(now, "hh:mm:ss tt"),
            'c' => $"{Format(now, "ddd MMM")} {Number(now.Day), 2} {Format(now, "HH:mm:ss yyyy")}",
            'z' or 'Z' => "", // Python's times of datetime.now() know no zone
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => throw new TemplateException(line, $"strftime_now does not know %{code}."),
        };

    private static string Format(DateTimeOffset now, string format) => now.ToString(format, CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
}
