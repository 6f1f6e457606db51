using System.Text.Json.Nodes;

namespace Simper.Tests.Models.Gguf;

/// <summary>Tokenizers of 320 tokens, of the two kinds that GGUF files hold.</summary>
internal static class TinyTokenizer
{
    public const string Template =
        "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
        + "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private static readonly string[] Special = ["<unk>", "<s>", "</s>", "<|end|>"];
    private static readonly string[] Pairs = ["t h", "th e", "i n", "a n", "e r", "o n", "r e", "\u0120 the", "\u0120 a"];

    public static JsonObject Config() =>
        new()
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["unk_token"] = "<unk>",
            ["chat_template"] = Template,
        };

    /// <summary>Byte-level BPE with GPT-2's words.</summary>
    public static JsonObject ByteLevel()
    {
        var vocabulary = new JsonObject();
        foreach (string token in Special)
            vocabulary[token] = vocabulary.Count;
        foreach (char letter in Alphabet())
            vocabulary[letter.ToString()] = vocabulary.Count;
        foreach (string pair in Pairs)
            vocabulary[pair.Replace(" ", "", StringComparison.Ordinal)] = vocabulary.Count;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = Added(),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "ByteLevel",
                ["add_prefix_space"] = false,
                ["trim_offsets"] = true,
                ["use_regex"] = true,
            },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. Pairs.Select(p => (JsonNode)p)]),
            },
        };
    }

    /// <summary>SentencePiece's BPE as tokenizer.json has it: marked spaces, bytes for unknown letters.</summary>
    public static JsonObject MarkedSpaces(bool prepends)
    {
        var vocabulary = new JsonObject();
        foreach (string token in Special)
            vocabulary[token] = vocabulary.Count;
        for (int value = 0; value < 256; value++)
            vocabulary[$"<0x{value:X2}>"] = vocabulary.Count;
        string[] pairs = [.. Pairs.Select(p => p.Replace('\u0120', '\u2581'))];
        foreach (string pair in pairs)
            vocabulary[pair.Replace(" ", "", StringComparison.Ordinal)] = vocabulary.Count;
        foreach (char letter in "\u2581abcdefghijklmnopqrstuvwxyzWE.,?")
            vocabulary[letter.ToString()] = vocabulary.Count;
        var normalizers = new JsonArray();
        if (prepends)
            normalizers.Add(new JsonObject { ["type"] = "Prepend", ["prepend"] = "\u2581" });
        normalizers.Add(Replace(" ", "\u2581"));
        var decoders = new JsonArray(
            Replace("\u2581", " "),
            new JsonObject { ["type"] = "ByteFallback" },
            new JsonObject { ["type"] = "Fuse" }
        );
        if (prepends)
            decoders.Add(
                new JsonObject
                {
                    ["type"] = "Strip",
                    ["content"] = " ",
                    ["start"] = 1,
                    ["stop"] = 0,
                }
            );
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = Added(),
            ["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers },
            ["decoder"] = new JsonObject { ["type"] = "Sequence", ["decoders"] = decoders },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["byte_fallback"] = true,
                ["fuse_unk"] = true,
                ["unk_token"] = "<unk>",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. pairs.Select(p => (JsonNode)p)]),
            },
        };
    }

    private static JsonArray Added() =>
        new([
            .. Special.Select(
                (token, id) =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["id"] = id,
                            ["content"] = token,
                            ["single_word"] = false,
                            ["lstrip"] = false,
                            ["rstrip"] = false,
                            ["normalized"] = false,
                            ["special"] = true,
                        }
            ),
        ]);

    private static JsonObject Replace(string pattern, string content) =>
        new()
        {
            ["type"] = "Replace",
            ["pattern"] = new JsonObject { ["String"] = pattern },
            ["content"] = content,
        };

    // The letters that stand for bytes: those of Latin-1 that print, and others from U+0100 on for the rest.
    private static IEnumerable<char> Alphabet()
    {
        int next = 0x100;
        for (int value = 0; value < 256; value++)
            yield return value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)value : (char)next++;
    }
}
