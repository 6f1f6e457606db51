using System.Text.Json.Nodes;
using Simper.Serving.Patterns;

namespace Simper.Serving;

/// <summary>The rules of a JSON Schema's texts and numbers.</summary>
internal static class SchemaScalars
{
    /// <summary>A text of a pattern and a length.</summary>
    public static Rule Text(JsonObject keywords, string place)
    {
        int least = SchemaKeywords.Count(keywords, "minLength", place) ?? 0;
        int most = SchemaKeywords.Count(keywords, "maxLength", place) ?? int.MaxValue;
        string? pattern = keywords["pattern"] switch
        {
            null => null,
            JsonValue v when v.TryGetValue(out string? given) => given,
            _ => throw SchemaKeywords.Wrong($"{place}/pattern", "has to be a text"),
        };
        if (least > most)
            throw SchemaKeywords.Wrong($"{place}/minLength", $"is {least}, more than maxLength, {most}");
        if (pattern is null && least == 0 && most == int.MaxValue)
            return JsonRules.Text;
        try
        {
            PatternAutomaton automaton = pattern is null ? PatternAutomaton.Any : PatternAutomaton.Of(pattern);
            return new Rule.Sequence(JsonRules.Of("\""), new TextRule(new BoundedTexts(automaton, least, most)));
        }
        catch (FormatException e)
        {
            throw new SimperException(
                $"The JSON schema has the pattern {JsonRules.Quoted(pattern ?? "")} at {place}, which {e.Message}; leave it out, "
                    + "or check answers yourself.",
                e
            );
        }
    }

    /// <summary>A whole number between bounds.</summary>
    public static Rule Integer(JsonObject keywords, string place)
    {
        NumberBounds bounds = SchemaKeywords.Bounds(keywords, place);
        return bounds == NumberBounds.None ? JsonRules.Integer : NumberRules.Integers(bounds) ?? throw NoNumber("integer", place);
    }

    /// <summary>A number between bounds.</summary>
    public static Rule Number(JsonObject keywords, string place)
    {
        NumberBounds bounds = SchemaKeywords.Bounds(keywords, place);
        return bounds == NumberBounds.None ? JsonRules.Number : NumberRules.Numbers(bounds) ?? throw NoNumber("number", place);
    }

    private static SimperException NoNumber(string type, string place) =>
        SchemaKeywords.Wrong(place, $"has bounds between which no {type} of up to 15 digits lies");
}
