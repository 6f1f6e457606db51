using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Reports;

/// <summary>A pair for display: long texts are shortened in the middle.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Chosen">The preferred answer, the best of several; null if there is none.</param>
/// <param name="Rejected">The other answer, the worst of several; null if there is none.</param>
public sealed record PairTexts(string Prompt, string? Chosen, string? Rejected)
{
    /// <summary>Characters of a text that are kept: enough to see what it is about.</summary>
    public const int Longest = 700;

    /// <summary>The texts of a group of ids, as the model read them.</summary>
    public static PairTexts Of(TokenizedGroup group, Tokenizer tokenizer)
    {
        // The same answers as those of an outcome's figures.
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

    /// <summary>The texts of a group as the data has them: a single message by itself, several with their roles.</summary>
    public static PairTexts Of(PreferenceGroup group)
    {
        int[] answers = [.. Enumerable.Range(0, group.Answers.Count)];
        double WeightOf(int answer) =>
            group.Weights is { } weights ? weights[answer]
            : answer == 0 ? 1
            : -1;
        return new PairTexts(
            Cut(Text(group.Prompt)),
            Answer([.. answers.Where(a => WeightOf(a) > 0).Take(1)]),
            Answer([.. answers.Where(a => WeightOf(a) < 0).TakeLast(1)])
        );

        string? Answer(int[] which) => which is [var answer] ? Cut(Text(group.Answers[answer])) : null;

        static string Text(IReadOnlyList<ChatMessage> messages) =>
            messages is [var one] ? one.Content : string.Join('\n', messages.Select(m => $"{m.Role}: {m.Content}"));
    }

    /// <summary>The text, or its beginning and end if it is long.</summary>
    internal static string Cut(string text)
    {
        if (text.Length <= Longest)
            return text;
        (int head, int tail) = (Longest / 2, text.Length - Longest / 2);
        // A surrogate pair is not split.
        head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail += char.IsLowSurrogate(text[tail]) ? 1 : 0;
        return $"{text[..head]} … {text[tail..]}";
    }
}
