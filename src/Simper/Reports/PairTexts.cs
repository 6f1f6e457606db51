using Simper.Text.Preferences;
using Simper.Text.Tokenization;

namespace Simper.Reports;

/// <summary>A pair for people to read: long texts lose their middle.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Chosen">The answer that people preferred, of several the first of these; null where there is none.</param>
/// <param name="Rejected">The one that they did not, of several the last; null where there is none.</param>
public sealed record PairTexts(string Prompt, string? Chosen, string? Rejected)
{
    /// <summary>Characters of a text that are kept: enough to see what it is about.</summary>
    public const int Longest = 700;

    /// <summary>The texts of a group of ids, as the model read them.</summary>
    public static PairTexts Of(TokenizedGroup group, Tokenizer tokenizer)
    {
        // The same answers whose figures an outcome tells.
        int[] answers = [.. Enumerable.Range(0, group.Answers.Length)];
        return new PairTexts(
            Cut(tokenizer.Decode(group.PromptOf(0))),
            Answer([.. answers.Where(a => group.WeightOf(a) > 0).Take(1)]),
            Answer([.. answers.Where(a => group.WeightOf(a) < 0).TakeLast(1)])
        );

        string? Answer(int[] which) =>
            which is [var answer]
                ? Cut(
                    tokenizer.Decode(
                        group.Answers[answer].Ids.AsSpan(Array.IndexOf(group.Answers[answer].IsScored, true)),
                        skipSpecialTokens: true
                    )
                )
                : null;
    }

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
