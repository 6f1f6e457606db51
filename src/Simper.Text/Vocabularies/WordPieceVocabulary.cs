using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>BERT's vocab.txt, a token a line, as a tokenizer.json.</summary>
internal static class WordPieceVocabulary
{
    public static TokenizerDraft Read(string folder, FolderTokens tokens, TokenizerKind kind)
    {
        string path = Path.Combine(folder, "vocab.txt");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        string[] lines = VocabularyFile.ReadLines(path);
        for (int id = 0; id < lines.Length; id++)
            ids[lines[id]] = id;
        if (tokens.Text("unk_token") is not { } unknown || !ids.ContainsKey(unknown))
            throw new SimperException($"{path} lacks the unknown token, {tokens.Text("unk_token") ?? "which no config names"}.");
        if (!tokens.Flag("do_basic_tokenize", true))
            throw new SimperException($"{folder}: do_basic_tokenize: false is not supported.");
        bool lowers = tokens.Flag("do_lower_case", true);
        List<AddedToken> added = tokens.Resolve(new(ids, StringComparer.Ordinal), []);
        return new TokenizerDraft
        {
            AddedTokens = added,
            Normalizer = new JsonObject
            {
                ["type"] = "BertNormalizer",
                ["clean_text"] = true,
                ["handle_chinese_chars"] = tokens.Flag("tokenize_chinese_chars", true),
                ["strip_accents"] = tokens.Flag("strip_accents", lowers),
                ["lowercase"] = lowers,
            },
            PreTokenizer = JsonSteps.Plain("BertPreTokenizer"),
            PostProcessor = Frame.Of(tokens, kind, added),
            Decoder = new JsonObject
            {
                ["type"] = "WordPiece",
                ["prefix"] = "##",
                ["cleanup"] = true,
            },
            Model = json =>
            {
                json.WriteString("type", "WordPiece");
                json.WriteString("unk_token", unknown);
                json.WriteString("continuing_subword_prefix", "##");
                json.WriteNumber("max_input_chars_per_word", 100);
                TokenizerDraft.Write(json, ids);
            },
        };
    }
}
