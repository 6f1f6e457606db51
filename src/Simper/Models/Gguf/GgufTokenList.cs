using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;

namespace Simper.Models.Gguf;

/// <summary>
/// The vocabulary of a tokenizer.json as GGUF has it: byte-level BPE as "gpt2", with merges and the name of what splits texts
/// into words; BPE over texts whose spaces are marked as "llama", with scores in place of merges.
/// </summary>
internal sealed class GgufTokenList
{
    private const int Normal = 1;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int Byte = 6;
    private const float ScoreOfAdded = -1000;
    private const string Space = "\u2581";

    private readonly ModelFiles _files;
    private readonly JsonObject _json;
    private readonly JsonObject _model;
    private readonly string[] _tokens;
    private readonly int[] _types;

    /// <exception cref="SimperException">The tokenizer is no BPE, or larger than the embedding.</exception>
    public GgufTokenList(ModelFiles files, int vocabulary)
    {
        _files = files;
        _json = JsonNode.Parse(files.TokenizerJson!)!.AsObject();
        _model = _json["model"] as JsonObject ?? throw Refused("it has no model");
        string type = (string?)_model["type"] ?? (_model.ContainsKey("merges") ? "BPE" : "of no type");
        if (type != "BPE")
            throw Refused($"it is {type}, and Simper writes BPE to GGUF files");
        (_tokens, _types) = (new string[vocabulary], new int[vocabulary]);
        Array.Fill(_types, Unused);
        for (int id = 0; id < vocabulary; id++)
            _tokens[id] = string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
        foreach ((string token, JsonNode? id) in _model["vocab"]!.AsObject())
            Set((int)id!, token, Normal);
        foreach (JsonObject added in (_json["added_tokens"] as JsonArray ?? []).OfType<JsonObject>())
            Set((int)added["id"]!, (string)added["content"]!, (bool?)added["special"] ?? false ? Control : UserDefined);

        void Set(int id, string token, int kind)
        {
            if (id < 0 || id >= vocabulary)
                throw Refused($"token {id} has no row in the embedding of {vocabulary}");
            (_tokens[id], _types[id]) = (token, kind);
        }
    }

    public IEnumerable<KeyValuePair<string, object>> Keys() => IsByteLevel() ? ByteLevel() : SpacesMarked();

    private bool IsByteLevel() => Types(_json["pre_tokenizer"], "pretokenizers").Contains("ByteLevel");

    private IEnumerable<KeyValuePair<string, object>> ByteLevel()
    {
        string name =
            GgufPreTokenizer.NameOf(_json, (string?)_files.Config["model_type"] ?? "")
            ?? throw Refused("its words are split by a pattern that GGUF has no name for");
        return
        [
            new("model", "gpt2"),
            new("pre", name),
            new("tokens", _tokens),
            new("token_type", _types),
            new("merges", Merges().Select(m => $"{m.Left} {m.Right}").ToArray()),
        ];
    }

    private IEnumerable<KeyValuePair<string, object>> SpacesMarked()
    {
        if (!((bool?)_model["byte_fallback"] ?? false) || !MarksSpaces())
            throw Refused("it is a BPE of neither bytes nor marked spaces");
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (_types[id] == Normal && _tokens[id] is ['<', '0', 'x', _, _, '>'])
                _types[id] = Byte;
        }
        return
        [
            new("model", "llama"),
            new("pre", "default"),
            new("tokens", _tokens),
            new("scores", Scores()),
            new("token_type", _types),
            new("add_space_prefix", PrependsSpace()),
        ];
    }

    /// <summary>
    /// SentencePiece merges first what has the best score. Where tokens are in the order of their merges, that is their place in
    /// the vocabulary, as in its own files; else it is the place of the first merge that makes them.
    /// </summary>
    private float[] Scores()
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < _tokens.Length; id++)
            ids.TryAdd(_tokens[id], id);
        int[] made = [.. Merges().Select(m => ids.GetValueOrDefault(m.Left + m.Right, -1))];
        int first = Array.IndexOf(_types, Normal);
        bool isInOrder = made.Zip(made.Skip(1)).All(pair => pair.First <= pair.Second);
        var scores = new float[_tokens.Length];
        for (int id = 0; id < scores.Length; id++)
            scores[id] = _types[id] switch
            {
                Normal => isInOrder ? first - id : -made.Length - id,
                Byte => 0,
                _ => ScoreOfAdded,
            };
        if (!isInOrder)
        {
            for (int rank = made.Length - 1; rank >= 0; rank--)
            {
                if (made[rank] >= 0 && _types[made[rank]] == Normal)
                    scores[made[rank]] = -rank;
            }
        }
        return scores;
    }

    private IEnumerable<(string Left, string Right)> Merges() =>
        (_model["merges"] as JsonArray ?? []).Select(merge =>
        {
            string[] pair = merge switch
            {
                JsonArray two => [.. two.Select(t => (string)t!)],
                JsonValue text when text.GetValueKind() == JsonValueKind.String => ((string)text!).Split(' '),
                _ => [],
            };
            return pair.Length == 2 ? (pair[0], pair[1]) : throw Refused("a merge is no pair");
        });

    private bool MarksSpaces() =>
        Steps(_json["normalizer"], "normalizers").Any(s => (string?)s["content"] == Space)
        || Types(_json["pre_tokenizer"], "pretokenizers").Contains("Metaspace");

    private bool PrependsSpace() =>
        Steps(_json["normalizer"], "normalizers").Any(s => (string?)s["type"] == "Prepend")
        || Steps(_json["pre_tokenizer"], "pretokenizers")
            .Any(s =>
                (string?)s["type"] == "Metaspace"
                && ((string?)s["prepend_scheme"] is { } scheme ? scheme != "never" : (bool?)s["add_prefix_space"] ?? true)
            );

    private static IEnumerable<string> Types(JsonNode? node, string inner) =>
        Steps(node, inner).Select(s => (string?)s["type"]).OfType<string>();

    private static IEnumerable<JsonObject> Steps(JsonNode? node, string inner) =>
        node is not JsonObject step ? []
        : step[inner] is JsonArray steps ? steps.SelectMany(s => Steps(s, inner))
        : [step];

    private SimperException Refused(string why) =>
        new($"{_files.Source}: the tokenizer cannot be written to a GGUF file: {why}; export the model as --format hf.");
}
