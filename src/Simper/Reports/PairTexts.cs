using Simper.Text.Preferences;
using Simper.Text.Tokenization;

namespace Simper.Reports;

/// <summary>A pair for people to read: long texts lose their middle.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Chosen">The answer that people preferred.</param>
/// <param name="Rejected">The other one; null where there is none.</param>
public sealed record PairTexts(string Prompt, string Chosen, string? Rejected)
{
    /// <summary>Characters of a text that are kept: enough to see what it is about.</summary>
    public const int Longest = 700;

    /// <summary>The texts of a group of ids, as the model read them.</summary>
    public static PairTexts Of(TokenizedGroup group, Tokenizer tokenizer) => new(
        Cut(tokenizer.Decode(group.Prompt)),
        Cut(tokenizer.Decode(group.Answers[0].Ids, skipSpecialTokens: true)),
        group.Answers.Length > 1 ? Cut(tokenizer.Decode(group.Answers[1].Ids, skipSpecialTokens: true)) : null);

    /// <summary>The text, or its beginning and end where it is long.</summary>
    internal static string Cut(string text)
    {
        if (text.Length <= Longest)
            return text;
        (int head, int tail) = (Longest / 2, text.Length - Longest / 2);
        // A character of two halves stays whole.
        head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail += char.IsLowSurrogate(text[tail]) ? 1 : 0;
        return $"{text[..head]} … {text[tail..]}";
    }
}
