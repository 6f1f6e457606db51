using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Simper.Cli.Demo;

/// <summary>
/// Learns a small byte-level BPE vocabulary: pairs of adjacent tokens are merged, the most frequent first, ties in order of text,
/// until the vocabulary is full. Sennrich et al. 2016; suitable for a few thousand words, not for a corpus.
/// </summary>
internal static partial class DemoTokenizer
{
    /// <param name="lines">The text.</param>
    /// <param name="special">Special tokens; they take the first ids.</param>
    /// <param name="size">Tokens of the vocabulary.</param>
    /// <returns>A tokenizer.json.</returns>
    public static JsonObject Train(IEnumerable<string> lines, IReadOnlyList<string> special, int size)
    {
        var words = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (
            Match match in lines.SelectMany(l =>
                Piece()
                    .Matches(JsonNode.Parse(l)!["messages"]!.AsArray().Aggregate("", (t, m) => t + (string)m!["content"]! + "\n"))
            )
        )
            words[match.Value.Replace(' ', '\u0120').Replace('\n', '\u010a')] =
                words.GetValueOrDefault(match.Value.Replace(' ', '\u0120').Replace('\n', '\u010a')) + 1;
        List<(List<string> Symbols, int Count)> pieces =
        [
            .. words.Select(w => (w.Key.Select(c => c.ToString()).ToList(), w.Value)),
        ];

        var vocabulary = new JsonObject();
        foreach (string token in special.Concat(Alphabet()))
            vocabulary[token] = vocabulary.Count;
        var merges = new JsonArray();
        while (vocabulary.Count < size)
        {
            var counts = new Dictionary<(string, string), int>();
            foreach ((List<string> symbols, int count) in pieces)
            {
                for (int i = 0; i + 1 < symbols.Count; i++)
                    counts[(symbols[i], symbols[i + 1])] = counts.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
            }
            if (counts.Count == 0)
                break;
            (string left, string right) = counts
                .OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key.Item1, StringComparer.Ordinal)
                .ThenBy(c => c.Key.Item2, StringComparer.Ordinal)
                .First()
                .Key;
            merges.Add(new JsonArray(left, right));
            vocabulary.TryAdd(left + right, vocabulary.Count);
            foreach ((List<string> symbols, _) in pieces)
            {
                for (int i = 0; i + 1 < symbols.Count; i++)
                {
                    if (symbols[i] == left && symbols[i + 1] == right)
                    {
                        symbols[i] += right;
                        symbols.RemoveAt(i + 1);
                    }
                }
            }
        }
        return Json(vocabulary, merges, special);
    }

    private static JsonObject Json(JsonObject vocabulary, JsonArray merges, IReadOnlyList<string> special) =>
        new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([
                .. special.Select(
                    (s, i) =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["id"] = i,
                                ["content"] = s,
                                ["single_word"] = false,
                                ["lstrip"] = false,
                                ["rstrip"] = false,
                                ["normalized"] = false,
                                ["special"] = true,
                            }
                ),
            ]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject { ["type"] = "Digits", ["individual_digits"] = true },
                    new JsonObject
                    {
                        ["type"] = "ByteLevel",
                        ["add_prefix_space"] = false,
                        ["trim_offsets"] = true,
                        ["use_regex"] = true,
                    }
                ),
            },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject
            {
                ["type"] = "ByteLevel",
                ["add_prefix_space"] = true,
                ["trim_offsets"] = true,
                ["use_regex"] = true,
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = merges,
            },
        };

    // GPT-2's characters for the 256 bytes.
    private static IEnumerable<string> Alphabet()
    {
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or (>= 0xae and <= 0xff);
            yield return ((char)(printable ? b : next++)).ToString();
        }
    }

    // GPT-2's pieces, as far as they occur in the demo's text.
    [GeneratedRegex(@" ?[A-Za-z]+|\d| ?[^\sA-Za-z\d]+|\s+(?!\S)|\s+")]
    private static partial Regex Piece();
}
