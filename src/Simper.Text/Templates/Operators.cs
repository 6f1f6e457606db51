namespace Simper.Text.Templates;

/// <summary>Arithmetic and comparisons, as Python has them; whole numbers that overflow are an error.</summary>
internal sealed class Operators(Budget budget)
{
    public object? Unary(string op, object? value, int line) => (op, value) switch
    {
        ("not", _) => !Values.IsTrue(value),
        ("-", double d) => -d,
        ("+", double) => value,
        ("-", long or bool) => Checked(line, () => checked(-Values.ToLong(value))),
        ("+", long or bool) => Values.ToLong(value),
        _ => throw new TemplateException(line, $"{op} cannot be applied to {Values.Kind(value)}."),
    };

    public object? Binary(string op, object? left, object? right, int line)
    {
        if (op == "~")
            return Text(line, Values.ToText(left), Values.ToText(right));
        if (Values.IsNumber(left) && Values.IsNumber(right))
            return Number(op, left, right, line);
        switch (op, left, right)
        {
            case ("+", string a, string b):
                return Text(line, a, b);
            case ("+", List<object?> a, List<object?> b):
                budget.Allow(line, a.Count + b.Count);
                return new List<object?>([.. a, .. b]);
            case ("*", string text, long or bool):
                return Repeated(line, text, Values.ToLong(right));
            case ("*", long or bool, string text):
                return Repeated(line, text, Values.ToLong(left));
            case ("*", List<object?> list, long count):
                budget.Allow(line, list.Count * Math.Clamp(count, 0, int.MaxValue));
                return Enumerable.Range(0, (int)Math.Max(count, 0)).SelectMany(_ => list).ToList();
            case ("%", string format, _):
                return Text(line, PythonFormat.Percent(format, right is List<object?> values ? values : [right], line), "");
            default:
                throw new TemplateException(line, $"{op} cannot be applied to {Values.Kind(left)} and {Values.Kind(right)}.");
        }
    }

    public bool Compare(string op, object? left, object? right, int line) => op switch
    {
        "==" => Values.AreEqual(left, right),
        "!=" => !Values.AreEqual(left, right),
        "in" => Contains(right, left, line),
        "not in" => !Contains(right, left, line),
        "<" => Order(left, right, line) < 0,
        "<=" => Order(left, right, line) <= 0,
        ">" => Order(left, right, line) > 0,
        ">=" => Order(left, right, line) >= 0,
        _ => throw new InvalidOperationException($"Unknown comparison {op}."),
    };

    public static bool Contains(object? container, object? item, int line) => container switch
    {
        string text => item is string part ? text.Contains(part, StringComparison.Ordinal)
            : throw new TemplateException(line, $"a text contains texts, not {Values.Kind(item)}."),
        List<object?> list => list.Any(i => Values.AreEqual(i, item)),
        TemplateMap map => item is not null and not Undefined && map.ContainsKey(item),
        Undefined => false,
        _ => throw new TemplateException(line, $"{Values.Kind(container)} contains nothing."),
    };

    private static int Order(object? left, object? right, int line)
    {
        try
        {
            return Values.Compare(left, right);
        }
        catch (TemplateException e)
        {
            throw new TemplateException(line, e.Message);
        }
    }

    private static object Number(string op, object? left, object? right, int line)
    {
        if (op == "/" || left is double || right is double)
        {
            double a = Values.ToDouble(left), b = Values.ToDouble(right);
            if (b == 0 && op is "/" or "//" or "%" && b == 0)
                throw new TemplateException(line, "division by zero.");
            return op switch
            {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                "//" => Math.Floor(a / b),
                "%" => a - Math.Floor(a / b) * b,
                "**" => Math.Pow(a, b),
                _ => throw new InvalidOperationException($"Unknown operator {op}."),
            };
        }
        long x = Values.ToLong(left), y = Values.ToLong(right);
        if (y == 0 && op is "//" or "%" && y == 0)
            throw new TemplateException(line, "division by zero.");
        if (op == "**" && y < 0)
            return Math.Pow(x, y);
        return Checked(line, () => checked(op switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "//" => x / y - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0),
            "%" => x % y is var r && r != 0 && (r < 0) != (y < 0) ? r + y : x % y,
            "**" => Power(x, y),
            _ => throw new InvalidOperationException($"Unknown operator {op}."),
        }));
    }

    private static long Power(long x, long y)
    {
        if (x is 0 or 1)
            return y == 0 ? 1 : x;
        if (x == -1)
            return y % 2 == 0 ? 1 : -1;
        long result = 1;
        for (long i = 0; i < y; i++)
            result = checked(result * x); // overflows within 63 rounds
        return result;
    }

    private static long Checked(int line, Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw new TemplateException(line, "a whole number grows beyond 64 bits.");
        }
    }

    private string Text(int line, string left, string right)
    {
        budget.Allow(line, (long)left.Length + right.Length);
        return left + right;
    }

    private string Repeated(int line, string text, long count)
    {
        count = Math.Max(count, 0);
        budget.Allow(line, text.Length == 0 || count == 0 ? 0 : count > int.MaxValue ? long.MaxValue : text.Length * count);
        return text.Length == 0 || count == 0 ? "" : new System.Text.StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString();
    }
}
