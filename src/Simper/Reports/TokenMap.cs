using Simper.Ledgers;
using Simper.Text.Tokenization;

namespace Simper.Reports;

/// <summary>An answer token by token, under the model before and after training. Immutable.</summary>
/// <param name="Pair">Whose answer it is.</param>
/// <param name="Prompt">What it answers, shortened.</param>
/// <param name="Name">chosen, rejected, or its number in a ranked list.</param>
/// <param name="Tokens">Its tokens, in order.</param>
public sealed record TokenMap(PairKey Pair, string Prompt, string Name, IReadOnlyList<TokenMap.Token> Tokens)
{
    /// <summary>A token: its text, and its log π before and after; NaN where it is not scored.</summary>
    public readonly record struct Token(string Text, double Before, double After);

    /// <summary>
    /// The texts of tokens: each is what it adds to those before it, so that a character of several tokens stands at its last.
    /// </summary>
    internal static string[] TextsOf(Tokenizer tokenizer, int[] ids)
    {
        var texts = new string[ids.Length];
        string before = "";
        for (int i = 0; i < ids.Length; i++)
        {
            string until = tokenizer.Decode(ids.AsSpan(0, i + 1)).TrimEnd('\uFFFD');
            texts[i] = until.StartsWith(before, StringComparison.Ordinal)
                ? until[before.Length..]
                : tokenizer.Decode(ids.AsSpan(i, 1));
            before = until;
        }
        return texts;
    }
}
