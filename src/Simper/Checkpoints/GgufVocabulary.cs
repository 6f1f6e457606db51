using System.Globalization;
using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>
/// The vocabulary of a GGUF file as a tokenizer.json: byte-level BPE ("gpt2") from tokens and merges, SentencePiece-like BPE
/// ("llama") from tokens and scores.
/// </summary>
internal sealed class GgufVocabulary(GgufMetadata keys)
{
    private const string Prefix = "tokenizer.ggml.";
    private const int LongestToken = 4096;
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;

    private readonly string[] _tokens = keys.Texts(Prefix + "tokens")!;
    private readonly int[]? _types = keys.Get<int[]>(Prefix + "token_type", "an array of int32");

    /// <summary>The bytes of tokenizer.json.</summary>
    public byte[] ToJson()
    {
        if (_types is not null && _types.Length != _tokens.Length)
            throw keys.WrongKind(Prefix + "token_type", $"an array of {_tokens.Length} numbers, one a token");
        string model = keys.Text(Prefix + "model") ?? throw keys.WrongKind(Prefix + "model", "a text");
        JsonObject json = model switch
        {
            "gpt2" => ByteLevel(),
            "llama" => SentencePiece(),
            _ => throw Unsupported("model", model, "gpt2, llama"),
        };
        json["version"] = "1.0";
        json["added_tokens"] = Added();
        return System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private JsonObject ByteLevel()
    {
        string pre = keys.Text(Prefix + "pre") ?? "default";
        if (GgufPreTokenizer.Named(pre) is not var (steps, nfc, ignoreMerges))
            throw Unsupported("pre", pre, string.Join(", ", GgufPreTokenizer.AllNames));
        string[] merges = keys.Texts(Prefix + "merges") ?? throw keys.WrongKind(Prefix + "merges", "an array of texts");
        return new JsonObject
        {
            ["normalizer"] = nfc ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = steps },
            ["post_processor"] = SpecialTokens(addBos: keys.Flag(Prefix + "add_bos_token") ?? false),
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["ignore_merges"] = ignoreMerges,
                ["vocab"] = Vocabulary(),
                ["merges"] = new JsonArray([.. merges.Select(m => (JsonNode)m)]),
            },
        };
    }

    private JsonObject SentencePiece()
    {
        bool addSpace = keys.Flag(Prefix + "add_space_prefix") ?? true;
        var normalizers = new JsonArray();
        if (addSpace)
            normalizers.Add(new JsonObject { ["type"] = "Prepend", ["prepend"] = "\u2581" });
        normalizers.Add(Replace(" ", "\u2581"));
        var decoders = new JsonArray(
            Replace("\u2581", " "),
            new JsonObject { ["type"] = "ByteFallback" },
            new JsonObject { ["type"] = "Fuse" }
        );
        if (addSpace)
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
            ["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers },
            ["post_processor"] = SpecialTokens(addBos: keys.Flag(Prefix + "add_bos_token") ?? true),
            ["decoder"] = new JsonObject { ["type"] = "Sequence", ["decoders"] = decoders },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["byte_fallback"] = true,
                ["fuse_unk"] = true,
                ["unk_token"] = Token("unknown_token_id"),
                ["vocab"] = Vocabulary(),
                ["merges"] = MergesByScore(),
            },
        };
    }

    /// <summary>
    /// SentencePiece merges the pair whose result has the best score, so every split of a token into two tokens is a merge,
    /// ordered by the token's score.
    /// </summary>
    private JsonArray MergesByScore()
    {
        float[] scores =
            keys.Get<float[]>(Prefix + "scores", "an array of float32")
            ?? throw keys.WrongKind(Prefix + "scores", "an array of float32");
        if (scores.Length != _tokens.Length)
            throw keys.WrongKind(Prefix + "scores", $"an array of {_tokens.Length} numbers, one a token");
        Dictionary<string, int> ids = [];
        for (int id = 0; id < _tokens.Length; id++)
            ids.TryAdd(_tokens[id], id);
        var merges = new List<(float Score, int Left, int Right)>();
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (TypeOf(id) is not (Normal or UserDefined))
                continue;
            if (_tokens[id].Length > LongestToken) // Finding its halves takes time quadratic in its length.
                throw keys.WrongKind(
                    Prefix + "tokens",
                    $"an array of texts of at most {LongestToken} letters; token {id} is longer"
                );
            for (int cut = 1; cut < _tokens[id].Length; cut++)
            {
                if (ids.TryGetValue(_tokens[id][..cut], out int left) && ids.TryGetValue(_tokens[id][cut..], out int right))
                    merges.Add((scores[id], left, right));
            }
        }
        return new JsonArray([
            .. merges
                .OrderByDescending(m => m.Score)
                .ThenBy(m => m.Left)
                .ThenBy(m => m.Right)
                .Select(m => (JsonNode)new JsonArray(_tokens[m.Left], _tokens[m.Right])),
        ]);
    }

    private JsonObject Vocabulary()
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (!vocabulary.TryAdd(_tokens[id], id))
                throw keys.WrongKind(Prefix + "tokens", $"an array of different texts; token {id} stands there twice");
        }
        return vocabulary;
    }

    private JsonArray Added() =>
        new([
            .. Enumerable
                .Range(0, _tokens.Length)
                .Where(id => TypeOf(id) is Control or UserDefined or Unknown && _tokens[id].Length > 0)
                .Select(id =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["id"] = id,
                            ["content"] = _tokens[id],
                            ["single_word"] = false,
                            ["lstrip"] = false,
                            ["rstrip"] = false,
                            ["normalized"] = false,
                            ["special"] = TypeOf(id) != UserDefined,
                        }
                ),
        ]);

    private JsonObject? SpecialTokens(bool addBos)
    {
        var single = new JsonArray();
        var special = new JsonObject();
        if (addBos && Token("bos_token_id") is { } bos)
            Add(bos);
        single.Add(
            new JsonObject
            {
                ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 },
            }
        );
        if (keys.Flag(Prefix + "add_eos_token") == true && Token("eos_token_id") is { } eos)
            Add(eos);
        if (special.Count == 0)
            return null;
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = single,
            ["pair"] = single.DeepClone(),
            ["special_tokens"] = special,
        };

        void Add(string token)
        {
            single.Add(
                new JsonObject
                {
                    ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 },
                }
            );
            special[token] = new JsonObject
            {
                ["id"] = token,
                ["ids"] = new JsonArray(Array.IndexOf(_tokens, token)),
                ["tokens"] = new JsonArray(token),
            };
        }
    }

    private string? Token(string key) =>
        keys.Integer(Prefix + key) is { } id && id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    private int TypeOf(int id) => _types?[id] ?? Normal;

    private static JsonObject Replace(string pattern, string content) =>
        new()
        {
            ["type"] = "Replace",
            ["pattern"] = new JsonObject { ["String"] = pattern },
            ["content"] = content,
        };

    private SimperException Unsupported(string key, string value, string supported) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{keys.Path}: {Prefix}{key} is \"{value}\", which is not supported; supported are: {supported}. Put the "
                    + $"model's tokenizer.json into a Hugging Face folder instead."
            )
        );
}
