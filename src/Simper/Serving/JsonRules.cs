using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Serving;

/// <summary>The rules of JSON: values of each kind, and containers of given ones.</summary>
internal static class JsonRules
{
    /// <summary>Containers within each other, at most: parsers have limits.</summary>
    private const int MostLevels = 24;

    private const int MostDigits = 15; // that a double keeps

    private static readonly Rule Digit = new Rule.OneOf("0123456789");

    /// <summary>What may stand between the signs of a container: nothing, a space, or a new line with its indentation.</summary>
    public static readonly Rule Space = new Rule.Any([
        Rule.Nothing,
        Of(" "),
        new Rule.Sequence(Of("\n"), new Rule.Repeated(new Rule.OneOf(" \t"), 0, 20)),
    ]);

    public static readonly Rule Text = new Rule.Sequence(Of("\""), new Rule.StringRest());

    private static readonly Rule Whole = new Rule.Any([
        Of("0"),
        new Rule.Sequence(new Rule.OneOf("123456789"), new Rule.Repeated(Digit, 0, MostDigits - 1)),
    ]);

    public static readonly Rule Integer = new Rule.Sequence(Optional(Of("-")), Whole);

    public static readonly Rule Number = new Rule.Sequence(
        Integer,
        Optional(new Rule.Sequence(Of("."), new Rule.Repeated(Digit, 1, MostDigits))),
        Optional(new Rule.Sequence(new Rule.OneOf("eE"), Optional(new Rule.OneOf("+-")), new Rule.Repeated(Digit, 1, 2)))
    );

    public static readonly Rule Boolean = new Rule.Any([Of("true"), Of("false")]);

    public static readonly Rule Null = Of("null");

    private static readonly Rule[] Values = [.. Enumerable.Range(0, MostLevels).Select(ValueAt)];

    /// <summary>Any value.</summary>
    public static Rule Value => Values[^1];

    /// <summary>Any object.</summary>
    public static Rule AnyObject => Map(Value);

    /// <summary>Any array.</summary>
    public static Rule AnyArray => Array(Value, 0, int.MaxValue);

    public static Rule Of(string text) => new Rule.Literal(Encoding.UTF8.GetBytes(text));

    public static Rule Optional(Rule rule) => new Rule.Any([Rule.Nothing, rule]);

    /// <summary>An object with any names, and values of a kind.</summary>
    public static Rule Map(Rule value) => Container("{", new Rule.Sequence(Text, Of(":"), Space, value), "}", 0, int.MaxValue);

    public static Rule Array(Rule item, int least, int most) => Container("[", item, "]", least, most);

    /// <summary>An array whose first items are of kinds of their own.</summary>
    public static Rule Array(IReadOnlyList<Rule> first, Rule item, int least, int most)
    {
        if (first.Count == 0 || most == 0)
            return Array(item, least, most);
        int kinds = Math.Min(first.Count, most);
        int further = most == int.MaxValue ? most : most - kinds;
        Rule after =
            further == 0
                ? Rule.Nothing
                : new Rule.Repeated(new Rule.Sequence(Space, Of(","), Space, item), Math.Max(0, least - kinds), further);
        for (int i = kinds - 1; i > 0; i--)
        {
            var next = new Rule.Sequence(Space, Of(","), Space, first[i], after);
            after = i < least ? next : Optional(next);
        }
        var inside = new Rule.Sequence(first[0], after, Space);
        return new Rule.Sequence(Of("["), Space, least == 0 ? Optional(inside) : inside, Of("]"));
    }

    private static Rule Container(string open, Rule item, string close, int least, int most)
    {
        if (most == 0)
            return Of(open + close);
        int more = most == int.MaxValue ? most : most - 1;
        var items = new Rule.Sequence(
            item,
            new Rule.Repeated(new Rule.Sequence(Space, Of(","), Space, item), Math.Max(0, least - 1), more)
        );
        Rule inside = new Rule.Sequence(items, Space);
        return new Rule.Sequence(Of(open), Space, least == 0 ? Optional(inside) : inside, Of(close));
    }

    /// <summary>A text as JSON writes it, without escapes that it does not need.</summary>
    public static string Quoted(string text) => JsonSerializer.Serialize(text, Plainly);

    /// <summary>A value as JSON writes it, without spaces.</summary>
    public static string Written(JsonNode? value) => value?.ToJsonString(Plainly) ?? "null";

    private static readonly JsonSerializerOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An object with these members, in this order; those that are not required may be left out.</summary>
    public static Rule Object(IReadOnlyList<(string Name, Rule Value, bool IsRequired)> members)
    {
        int count = members.Count;
        var after = new Rule[count + 1]; // what may follow once members before i were written or left out
        after[count] = Rule.Nothing;
        for (int i = count - 1; i >= 0; i--)
            after[i] = From(i, new Rule.Sequence(Space, Of(","), Space));
        return new Rule.Sequence(Of("{"), Space, From(0, Rule.Nothing), Space, Of("}"));

        Rule From(int first, Rule before)
        {
            var options = new List<Rule>();
            for (int i = first; i < count; i++)
            {
                options.Add(new Rule.Sequence(before, Of(Quoted(members[i].Name) + ":"), Space, members[i].Value, after[i + 1]));
                if (members[i].IsRequired)
                    return new Rule.Any(options);
            }
            options.Add(Rule.Nothing);
            return new Rule.Any(options);
        }
    }

    private static Rule ValueAt(int level)
    {
        List<Rule> kinds = [Text, Number, Boolean, Null];
        if (level > 0)
        {
            var inner = new Rule.Later(() => Values[level - 1]);
            kinds.Add(Map(inner));
            kinds.Add(Array(inner, 0, int.MaxValue));
        }
        return new Rule.Any(kinds);
    }
}
