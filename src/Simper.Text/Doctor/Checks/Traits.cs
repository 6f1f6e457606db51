using System.Buffers;
using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>
/// What can be seen of an answer without understanding it. If that tells chosen from rejected, little else is learnt.
/// </summary>
[Flags]
internal enum Traits
{
    None = 0,

    /// <summary>Begins with white space.</summary>
    BeginsWithSpace = 1,

    /// <summary>Ends with white space.</summary>
    EndsWithSpace = 2,

    /// <summary>Ends like a sentence, a list or a block of code: with punctuation, a bracket or a mark.</summary>
    EndsWhole = 4,

    /// <summary>Has several lines.</summary>
    HasLines = 8,

    /// <summary>Has a list, a heading or bold text of Markdown.</summary>
    HasMarkdown = 16,

    /// <summary>Has a block of code.</summary>
    HasCode = 32,

    /// <summary>Has an address of the web.</summary>
    HasLink = 64,

    /// <summary>Has characters beyond ASCII.</summary>
    HasOthers = 128,

    /// <summary>Refuses, in English.</summary>
    Refuses = 256,

    /// <summary>Says that it is a language model, in English.</summary>
    SaysModel = 512,

    /// <summary>Begins with a small letter.</summary>
    BeginsSmall = 1024,

    /// <summary>Ends with a question.</summary>
    Asks = 2048,

    /// <summary>Is long enough that its end says something.</summary>
    IsLong = 4096,
}

/// <summary>Finds the traits of answers.</summary>
internal static class AnswerTraits
{
    private const int Long = 200; // characters
    private const int Opening = 160; // within which a refusal begins

    private static readonly SearchValues<string> Refusals = SearchValues.Create(
        [
            "I can't help",
            "I can\u2019t help",
            "I cannot help",
            "I can't assist",
            "I can\u2019t assist",
            "I cannot assist",
            "I can't provide",
            "I cannot provide",
            "I can't fulfill",
            "I cannot fulfill",
            "I'm not able to",
            "I am not able to",
            "I'm unable to",
            "I am unable to",
            "I won't",
            "I will not",
            "I'm sorry, but I can",
            "I\u2019m sorry, but I can",
            "I am sorry, but I can",
            "Sorry, but I can",
            "I apologize, but I can",
            "I'm not going to",
            "I don't feel comfortable",
            "I must decline",
        ],
        StringComparison.OrdinalIgnoreCase
    );

    private static readonly SearchValues<string> Models = SearchValues.Create(
        ["as an AI", "I am an AI", "I'm an AI", "as a language model", "I'm just a language model"],
        StringComparison.OrdinalIgnoreCase
    );

    /// <summary>The name of a trait, as the end of "an answer that ...".</summary>
    public static string Named(Traits trait) =>
        trait switch
        {
            Traits.BeginsWithSpace => "begins with white space",
            Traits.EndsWithSpace => "ends with white space",
            Traits.EndsWhole => "ends with punctuation",
            Traits.HasLines => "has several lines",
            Traits.HasMarkdown => "has Markdown",
            Traits.HasCode => "has a block of code",
            Traits.HasLink => "has an address of the web",
            Traits.HasOthers => "has characters beyond ASCII",
            Traits.Refuses => "refuses",
            Traits.SaysModel => "says that it is a language model",
            Traits.BeginsSmall => "begins with a small letter",
            Traits.Asks => "ends with a question",
            _ => trait.ToString(),
        };

    /// <summary>Those of an answer.</summary>
    public static Traits Of(string text)
    {
        ReadOnlySpan<char> said = text.AsSpan().Trim();
        if (said.Length == 0)
            return Traits.None;
        ReadOnlySpan<char> opening = said[..Math.Min(Opening, said.Length)];
        char last = said[^1];
        return On(Traits.BeginsWithSpace, char.IsWhiteSpace(text[0]))
            | On(Traits.EndsWithSpace, char.IsWhiteSpace(text[^1]))
            | On(Traits.EndsWhole, !char.IsLetterOrDigit(last) && last is not (',' or ';' or '-' or '\u3001' or '\uff0c'))
            | On(Traits.HasLines, said.Contains('\n'))
            | On(Traits.HasMarkdown, HasMarkdown(said))
            | On(Traits.HasCode, said.Contains("```", StringComparison.Ordinal))
            | On(Traits.HasLink, said.Contains("://", StringComparison.Ordinal))
            | On(Traits.HasOthers, !Ascii.IsValid(said))
            | On(Traits.Refuses, opening.ContainsAny(Refusals))
            | On(Traits.SaysModel, opening.ContainsAny(Models))
            | On(Traits.BeginsSmall, char.IsLower(said[0]))
            | On(Traits.Asks, last is '?' or '\uff1f')
            | On(Traits.IsLong, said.Length >= Long);
    }

    private static Traits On(Traits trait, bool holds) => holds ? trait : Traits.None;

    private static bool HasMarkdown(ReadOnlySpan<char> text) =>
        text.Contains("**", StringComparison.Ordinal)
        || text.StartsWith("# ")
        || text.Contains("\n#", StringComparison.Ordinal)
        || text.Contains("\n- ", StringComparison.Ordinal)
        || text.Contains("\n* ", StringComparison.Ordinal)
        || text.Contains("\n1. ", StringComparison.Ordinal)
        || text.StartsWith("1. ");
}
