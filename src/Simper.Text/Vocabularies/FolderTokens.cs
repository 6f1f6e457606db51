using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>
/// The special and added tokens of a folder: tokenizer_config.json, special_tokens_map.json, added_tokens.json, and what the
/// class has where these say nothing. As in transformers, the map counts only where the config lists no
/// <c>added_tokens_decoder</c>.
/// </summary>
internal sealed class FolderTokens
{
    private static readonly string[] Keys =
    [
        "bos_token",
        "eos_token",
        "unk_token",
        "sep_token",
        "pad_token",
        "cls_token",
        "mask_token",
    ];

    private static readonly string[] Lists = ["additional_special_tokens", "extra_special_tokens"];

    private readonly string _folder;
    private readonly JsonObject _config;
    private readonly JsonObject? _map;
    private readonly TokenizerKind _kind;

    public FolderTokens(string folder, JsonObject? config, JsonObject? map, TokenizerKind kind)
    {
        (_folder, _config, _kind) = (folder, config ?? [], kind);
        _map = Listed is null ? map : null;
    }

    /// <summary>The text of a special token; null for none.</summary>
    public string? Text(string key) => Named(key)?.Content;

    /// <summary>A switch of tokenizer_config.json.</summary>
    public bool Flag(string key, bool otherwise) =>
        _config[key] switch
        {
            null => otherwise,
            JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
            _ => throw Wrong(key, "true or false"),
        };

    /// <summary>A whole number of tokenizer_config.json.</summary>
    public int Number(string key, int otherwise) =>
        _config[key] switch
        {
            null => otherwise,
            JsonValue value when value.TryGetValue(out int number) && number is >= 0 and <= 4096 => number,
            _ => throw Wrong(key, "a whole number from 0 to 4096"),
        };

    /// <summary>The texts that ids get in place of a piece's (<c>added_tokens_decoder</c>).</summary>
    public IEnumerable<(int Id, string Content)> Placed() => FromDecoder().Select(t => (t.Id, t.Content));

    /// <summary>All added tokens; those without an id get the next ones.</summary>
    /// <param name="ids">The vocabulary's tokens; new ones are added.</param>
    /// <param name="ofModel">Added tokens of the vocabulary file itself.</param>
    public List<AddedToken> Resolve(Dictionary<string, int> ids, IEnumerable<AddedToken> ofModel)
    {
        var found = ofModel.ToDictionary(t => t.Id);
        var holders = new Dictionary<int, string>(ids.Count);
        foreach ((string token, int id) in ids)
            holders[id] = token;
        foreach (AddedToken token in Listed is not null ? FromDecoder() : FromAdded())
        {
            if (ids.TryGetValue(token.Content, out int known) && known != token.Id)
                throw new SimperException(
                    $"{_folder}: the added token \"{token.Content}\" has the id {token.Id} in the configs and {known} in the "
                        + "vocabulary."
                );
            if (!holders.TryAdd(token.Id, token.Content) && holders[token.Id] != token.Content)
                throw new SimperException(
                    $"{_folder}: the added token \"{token.Content}\" has the id {token.Id}, which is that of "
                        + $"\"{holders[token.Id]}\"."
                );
            ids[token.Content] = token.Id;
            found[token.Id] = token;
        }
        foreach (AddedToken token in AllNamed())
        {
            if (ids.TryGetValue(token.Content, out int known))
            {
                found[known] = found.TryGetValue(known, out AddedToken? given)
                    ? given with
                    {
                        IsSpecial = true,
                    }
                    : token with
                    {
                        Id = known,
                    };
                continue;
            }
            int next = holders.Count == 0 ? 0 : holders.Keys.Max() + 1;
            holders.Add(next, token.Content);
            ids.Add(token.Content, next);
            found[next] = token with { Id = next };
        }
        return [.. found.Values.OrderBy(t => t.Id)];
    }

    private JsonObject? Listed => _config["added_tokens_decoder"] as JsonObject;

    private JsonObject? Added => VocabularyFile.ReadObjectIfThere(Path.Combine(_folder, "added_tokens.json"));

    private IEnumerable<AddedToken> FromDecoder()
    {
        foreach ((string key, JsonNode? node) in Listed ?? [])
        {
            string where = $"added_tokens_decoder.{key}";
            if (
                !int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || id >= TokenizerReader.HighestId
            )
                throw Wrong(where, $"under a whole number below {TokenizerReader.HighestId}");
            yield return (Token(node, Flag(node, "special", false)) ?? throw Wrong(where, "a token")) with
            {
                Id = id,
            };
        }
    }

    private IEnumerable<AddedToken> FromAdded()
    {
        HashSet<string> special = [.. AllNamed().Select(t => t.Content)];
        foreach ((string token, JsonNode? node) in Added ?? [])
        {
            if (node is not JsonValue value || !value.TryGetValue(out int id) || id is < 0 or >= TokenizerReader.HighestId)
                throw new SimperException($"{Path.Combine(_folder, "added_tokens.json")}: \"{token}\" has to have an id.");
            bool isSpecial = special.Contains(token);
            yield return new AddedToken(id, token) { IsSpecial = isSpecial, IsNormalized = !isSpecial };
        }
    }

    private IEnumerable<AddedToken> AllNamed() =>
        Keys.Select(Named).OfType<AddedToken>().Concat(Lists.SelectMany(InList)).DistinctBy(t => t.Content);

    private AddedToken? Named(string key)
    {
        JsonNode? node = _map?[key];
        if (node is null && !_config.TryGetPropertyValue(key, out node))
            node = _kind.Tokens.TryGetValue(key, out string? text) ? text : null;
        AddedToken? token = Token(node, isSpecial: true);
        if (token is null && node is JsonObject)
            throw Wrong(key, "a text, or an object with a content");
        return token is not null && node is not JsonObject && key == "mask_token" && _kind.MaskStripsLeft
            ? token with
            {
                StripsLeft = true,
            }
            : token;
    }

    private IEnumerable<AddedToken> InList(string key) =>
        (_map?[key] ?? _config[key]) switch
        {
            null => [],
            JsonArray list => list.Select(n => Token(n, isSpecial: true) ?? throw Wrong(key, "a list of tokens")),
            JsonObject named => named.Select(n => Token(n.Value, isSpecial: true) ?? throw Wrong(key, "tokens by name")),
            _ => throw Wrong(key, "a list of tokens"),
        };

    private static AddedToken? Token(JsonNode? node, bool isSpecial) =>
        node switch
        {
            JsonValue text
                when text.GetValueKind() == JsonValueKind.String && text.GetValue<string>() is { Length: > 0 } content =>
                new AddedToken(0, content) { IsSpecial = isSpecial, IsNormalized = !isSpecial },
            JsonObject given when Token(given["content"], isSpecial) is { } token => token with
            {
                IsNormalized = Flag(given, "normalized", !isSpecial),
                SingleWord = Flag(given, "single_word", false),
                StripsLeft = Flag(given, "lstrip", false),
                StripsRight = Flag(given, "rstrip", false),
            },
            _ => null,
        };

    private static bool Flag(JsonNode? token, string key, bool otherwise) =>
        (token as JsonObject)?[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : otherwise;

    private SimperException Wrong(string key, string wanted) =>
        new($"{Path.Combine(_folder, "tokenizer_config.json")}: {key} has to be {wanted}.");
}
