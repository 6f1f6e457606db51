using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>
/// The tokenizer of a folder as a tokenizer.json: that file where it is there, otherwise one made of SentencePiece's
/// tokenizer.model, Mistral's tekken.json, vocab.json with merges.txt, or vocab.txt, as transformers makes it of them.
/// </summary>
public static class VocabularyFiles
{
    private const string Json = "tokenizer.json";
    private const string Tekken = "tekken.json";

    private static readonly string[] SentencePieceNames =
    [
        "tokenizer.model",
        "spiece.model",
        "sentencepiece.bpe.model",
        "sentencepiece.model",
    ];

    /// <summary>Files that a tokenizer may consist of.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        Json,
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "merges.txt",
        .. SentencePieceNames,
        Tekken,
        "vocab.txt",
    ];

    /// <summary>Whether a folder has a tokenizer.</summary>
    public static bool AreIn(string folder) =>
        Has(folder, Json)
        || Array.Exists(SentencePieceNames, name => Has(folder, name))
        || Has(folder, Tekken)
        || Has(folder, "vocab.json")
        || Has(folder, "vocab.txt");

    /// <summary>The bytes of tokenizer.json, made of other files where it is not there; null without any.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">tokenizer_config.json, if there is one.</param>
    /// <param name="modelType"><c>model_type</c> of config.json, if there is one.</param>
    /// <exception cref="SimperException">A file is damaged, or something in it is not known.</exception>
    public static byte[]? ReadJson(string folder, JsonObject? config, string? modelType)
    {
        if (Has(folder, Json))
            return VocabularyFile.Read(Path.Combine(folder, Json));
        JsonObject? map = VocabularyFile.ReadObjectIfThere(Path.Combine(folder, "special_tokens_map.json"));
        string? name = ClassOf(config);
        TokenizerKind? kind = TokenizerKind.Find(name, modelType);
        if (
            kind?.Form is null or VocabularyForm.Any or VocabularyForm.SentencePiece
            && Array.Find(SentencePieceNames, n => Has(folder, n)) is { } model
        )
            return OfModel(Path.Combine(folder, model)).ToJson();
        if (Has(folder, Tekken))
            return TekkenVocabulary.Read(Path.Combine(folder, Tekken), Tokens(TekkenVocabulary.Kind)).ToJson();
        if (Has(folder, "vocab.json") && kind?.Form is not VocabularyForm.WordPiece)
            return OfTwoFiles().ToJson();
        if (Has(folder, "vocab.txt"))
        {
            TokenizerKind bert = Known(VocabularyForm.WordPiece, "vocab.txt", "BertTokenizer");
            return WordPieceVocabulary.Read(folder, Tokens(bert), bert).ToJson();
        }
        return null;

        FolderTokens Tokens(TokenizerKind of) => new(folder, config, map, of);

        TokenizerDraft OfModel(string path)
        {
            byte[] file = VocabularyFile.Read(path);
            TokenizerKind found = Known(VocabularyForm.SentencePiece, Path.GetFileName(path), TokenizerKind.Plain.Classes[0]);
            if (TiktokenVocabulary.Is(file))
                return TiktokenVocabulary.Read(path, Tokens(TokenizerKind.Plain), TokenizerKind.Plain);
            SentencePieceModel read = SentencePieceModel.Read(file, path);
            found = found.Form == VocabularyForm.Any ? found with { Tokens = read.SpecialTokens } : found;
            return SentencePieceVocabulary.Draft(read, path, Tokens(found), found);
        }

        TokenizerDraft OfTwoFiles()
        {
            TokenizerKind found = Known(VocabularyForm.ByteLevel, "vocab.json", "GPT2Tokenizer");
            return Has(folder, "merges.txt")
                ? ByteLevelVocabulary.Read(folder, Tokens(found), found)
                : throw new SimperException($"{folder}: there is vocab.json, but not merges.txt, which belongs to it.");
        }

        TokenizerKind Known(VocabularyForm form, string file, string otherwise) =>
            kind?.Form == form ? kind
            : kind?.Form == VocabularyForm.Any ? TokenizerKind.Find(otherwise, null)!
            : throw new SimperException(
                $"{folder}: the tokenizer {name ?? modelType} is not known by {file} alone; save its tokenizer.json with "
                    + "transformers' save_pretrained, and put it there."
            );
    }

    /// <summary>The text of a special token, such as <c>eos_token</c>; null for none.</summary>
    /// <param name="key">The token's key.</param>
    /// <param name="config">tokenizer_config.json.</param>
    /// <param name="map">The bytes of special_tokens_map.json.</param>
    /// <param name="modelType"><c>model_type</c> of config.json.</param>
    /// <param name="isKnown">Whether a text is a token: what only the class names counts if it is.</param>
    public static string? SpecialToken(string key, JsonObject? config, byte[]? map, string? modelType, Func<string, bool> isKnown)
    {
        TokenizerKind kind = TokenizerKind.Find(ClassOf(config), modelType) ?? TokenizerKind.Plain;
        JsonObject? named = map is null ? null : Parsed(map);
        try
        {
            string? text = new FolderTokens("", config, named, kind).Text(key);
            bool isNamed = config?.ContainsKey(key) == true || named?.ContainsKey(key) == true;
            return text is null || isNamed || isKnown(text) ? text : null;
        }
        catch (InvalidOperationException) // a key or text that is no Unicode, which JSON's reader finds when it is asked for
        {
            return null;
        }
    }

    private static string? ClassOf(JsonObject? config) =>
        config?["tokenizer_class"] is JsonValue value && value.TryGetValue(out string? name) ? name : null;

    private static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name));

    // A map that is not JSON is refused where the folder is read; here it says nothing.
    private static JsonObject? Parsed(byte[] json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
