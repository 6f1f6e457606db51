using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>
/// The right answers to a prompt, in a column of its row: a text, a number, or a list of them, any of which is right.
/// </summary>
/// <param name="rule">The rule that reads it, for messages.</param>
/// <param name="column">Its name.</param>
internal sealed class GoldColumn(string rule, string column)
{
    /// <exception cref="SimperException">The row has no such column, or something else in it.</exception>
    public IReadOnlyList<string> Of(DataPrompt prompt)
    {
        JsonNode? value = prompt.Columns[column];
        string?[] texts = [.. (value is JsonArray list ? [.. list] : (JsonNode?[])[value]).Select(Text)];
        return texts.Length > 0 && Array.TrueForAll(texts, t => t is not null)
            ? [.. texts.OfType<string>()]
            : throw new SimperException(
                $"{prompt.Place}: --score {rule} reads the column {column}, which "
                    + (
                        prompt.Columns.ContainsKey(column)
                            ? "has to be a text, a number, or a list of them."
                            : $"is not there; the row has {string.Join(", ", prompt.Columns.Select(c => c.Key).Take(12))}."
                    )
            );
    }

    /// <summary>
    /// A text by which answers are compared: without case, marks at its end and quotation marks around it, and with single
    /// spaces.
    /// </summary>
    public static string Plain(string text)
    {
        string plain = string.Join(
            ' ',
            text.Normalize(NormalizationForm.FormKC)
                .ToLowerInvariant()
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
        return plain.Trim('"', '\'', '“', '”', '‘', '’', '«', '»', '.', ',', ';', ':', '!', '?', ' ');
    }

    /// <summary>Whether a text holds another as whole words, both plain.</summary>
    public static bool Holds(string text, string words)
    {
        for (int at = 0; words.Length > 0 && (at = text.IndexOf(words, at, StringComparison.Ordinal)) >= 0; at++)
        {
            int end = at + words.Length;
            if (
                !(at > 0 && char.IsLetterOrDigit(text[at - 1]) && char.IsLetterOrDigit(words[0]))
                && !(end < text.Length && char.IsLetterOrDigit(text[end]) && char.IsLetterOrDigit(words[^1]))
            )
                return true;
        }
        return false;
    }

    private static string? Text(JsonNode? value) =>
        value?.GetValueKind() is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : null;
}
