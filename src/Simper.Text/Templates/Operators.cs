namespace Simper.Text.Templates;

/// <summary>Arithmetic and comparisons, as in Python.</summary>
internal sealed class Operators(Budget budget)
{
    public object? Unary(string op, object? value, int line) =>
        op switch
        {
            "not" => !Values.IsTrue(value),
            "-" when Numbers.IsNumber(value) => Numbers.Negative(value),
            "+" when Numbers.IsNumber(value) => value is bool ? Numbers.Clamped(value) : value,
            _ => throw new TemplateException(line, $"{op} cannot be applied to {Values.Kind(value)}."),
        };

    public object? Binary(string op, object? left, object? right, int line)
    {
        try
        {
            return Applied(op, left, right, line);
        }
        catch (TemplateException e)
        {
            throw e.At(line);
        }
    }

    private object? Applied(string op, object? left, object? right, int line)
    {
        if (op == "~")
            return Text(line, Values.ToText(left), Values.ToText(right));
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
            return Numbers.Apply(op, left, right);
        switch (op, left, right)
        {
            case ("+", string a, string b):
                return Text(line, a, b);
            case ("+", Markup or string, Markup or string):
                return new Markup(Text(line, Markup.Escape(left).Text, Markup.Escape(right).Text));
            case ("*", Markup, _):
            case ("*", _, Markup):
                return Markup.Marked(Applied(op, Markup.Unmarked(left), Markup.Unmarked(right), line));
            case ("%", Markup format, _):
                return new Markup(Text(line, PercentFormat.Fill(format.Text, Markup.WithEscapedTexts(right), line), ""));
            case ("+", List<object?> a, List<object?> b) when a is TemplateTuple == b is TemplateTuple:
                budget.AllowItems(line, (long)a.Count + b.Count);
                return a is TemplateTuple ? new TemplateTuple([.. a, .. b]) : new List<object?>([.. a, .. b]);
            case ("*", string or List<object?>, _) when Numbers.IsWhole(right):
                return Repeated(line, left, Numbers.Clamped(right));
            case ("*", _, string or List<object?>) when Numbers.IsWhole(left):
                return Repeated(line, right, Numbers.Clamped(left));
            case ("%", string format, _):
                return Text(line, PercentFormat.Fill(format, Markup.Unmarked(right), line), "");
            default:
                throw new TemplateException(line, $"{op} cannot be applied to {Values.Kind(left)} and {Values.Kind(right)}.");
        }
    }

    public bool Compare(string op, object? left, object? right, int line) =>
        op switch
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

    public static bool Contains(object? container, object? item, int line) =>
        Markup.Unmarked(container) switch
        {
            string text => Markup.Unmarked(item) is string part
                ? text.Contains(part, StringComparison.Ordinal)
                : throw new TemplateException(line, $"a text contains texts, not {Values.Kind(item)}."),
            List<object?> list => list.Any(i => Values.AreEqual(i, item)),
            TemplateMap map => item is not null and not Undefined && map.ContainsKey(item),
            Undefined => false,
            _ => throw new TemplateException(line, $"{Values.Kind(container)} contains nothing."),
        };

    private static int? Order(object? left, object? right, int line)
    {
        try
        {
            return Values.Order(left, right);
        }
        catch (TemplateException e)
        {
            throw e.At(line);
        }
    }

    private string Text(int line, string left, string right)
    {
        budget.Allow(line, (long)left.Length + right.Length);
        return left + right;
    }

    private object Repeated(int line, object? value, long count)
    {
        count = Math.Max(count, 0);
        int length = value is string text ? text.Length : ((List<object?>)value!).Count;
        long size =
            length == 0 || count == 0 ? 0
            : count > int.MaxValue ? long.MaxValue
            : length * count;
        if (value is string)
            budget.Allow(line, size);
        else
            budget.AllowItems(line, size);
        int times = length == 0 ? 0 : (int)count;
        if (value is string repeated)
            return times == 0 ? "" : new System.Text.StringBuilder(length * times).Insert(0, repeated, times).ToString();
        IEnumerable<object?> items = Enumerable.Range(0, times).SelectMany(_ => (List<object?>)value!);
        return value is TemplateTuple ? new TemplateTuple(items) : items.ToList();
    }
}
