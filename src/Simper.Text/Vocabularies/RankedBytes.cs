using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>
/// tiktoken's kind of byte-level BPE: the two neighbours merge whose joint bytes have the lowest rank. So every split of a token
/// into two tokens is a merge, and a piece that is a token is that token.
/// </summary>
internal static class RankedBytes
{
    private const int LongestToken = 1024;

    /// <summary>The draft without added tokens.</summary>
    /// <param name="tokens">The tokens in GPT-2's alphabet, by rank.</param>
    /// <param name="firstId">The id of rank 0.</param>
    /// <param name="pattern">What splits a text into words.</param>
    /// <param name="special">Tokens of the vocabulary that are no bytes.</param>
    public static TokenizerDraft Draft(
        IReadOnlyList<string> tokens,
        int firstId,
        string pattern,
        IEnumerable<AddedToken>? special = null
    ) =>
        new()
        {
            AddedTokens = [],
            PreTokenizer = JsonSteps.PreTokenizers(JsonSteps.Split(pattern), JsonSteps.ByteLevel(splits: false)),
            Decoder = JsonSteps.ByteLevel(splits: true),
            Model = json =>
            {
                TokenizerDraft.WriteBpe(
                    json,
                    (special ?? [])
                        .Select(t => KeyValuePair.Create(t.Content, t.Id))
                        .Concat(tokens.Select((token, rank) => KeyValuePair.Create(token, firstId + rank))),
                    Merges(tokens)
                );
                json.WriteBoolean("ignore_merges", true);
            },
        };

    /// <summary>The token of a text in base64; null if it is none.</summary>
    public static string? Token(string base64)
    {
        Span<byte> bytes = stackalloc byte[LongestToken];
        return base64.Length <= LongestToken && Convert.TryFromBase64String(base64, bytes, out int count) && count > 0
            ? ByteAlphabet.Encode(bytes[..count])
            : null;
    }

    private static IEnumerable<(string Left, string Right)> Merges(IReadOnlyList<string> tokens)
    {
        Dictionary<string, int> ranks = new(tokens.Count, StringComparer.Ordinal);
        for (int rank = 0; rank < tokens.Count; rank++)
            ranks[tokens[rank]] = rank;
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> bySpan = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        var splits = new List<(int Left, int Right)>();
        foreach (string token in tokens)
        {
            splits.Clear();
            for (int cut = 1; cut < token.Length; cut++)
            {
                if (
                    bySpan.TryGetValue(token.AsSpan(0, cut), out int left) && bySpan.TryGetValue(token.AsSpan(cut), out int right)
                )
                    splits.Add((left, right));
            }
            splits.Sort();
            foreach ((int left, int right) in splits)
                yield return (tokens[left], tokens[right]);
        }
    }
}
