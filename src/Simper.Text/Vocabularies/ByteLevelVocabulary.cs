using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>GPT-2's two files, vocab.json and merges.txt, as a tokenizer.json.</summary>
internal static class ByteLevelVocabulary
{
    public static TokenizerDraft Read(string folder, FolderTokens tokens, TokenizerKind kind)
    {
        Dictionary<string, int> ids = Vocabulary(Path.Combine(folder, "vocab.json"));
        List<(string, string)> merges = Merges(Path.Combine(folder, "merges.txt"), ids);
        List<AddedToken> added = tokens.Resolve(new(ids, StringComparer.Ordinal), []);
        bool addsSpace = tokens.Flag("add_prefix_space", false);
        return new TokenizerDraft
        {
            AddedTokens = added,
            Normalizer = kind.IsQwen ? JsonSteps.Plain("NFC") : null,
            PreTokenizer = kind.IsQwen
                ? JsonSteps.PreTokenizers(JsonSteps.Split(KnownPatterns.Qwen2), JsonSteps.ByteLevel(splits: false, addsSpace))
                : JsonSteps.ByteLevel(splits: true, addsSpace),
            PostProcessor = kind.IsQwen ? null : Frame.Of(tokens, kind, added),
            Decoder = JsonSteps.ByteLevel(splits: true),
            Model = json => TokenizerDraft.WriteBpe(json, ids, merges),
        };
    }

    private static Dictionary<string, int> Vocabulary(string path)
    {
        JsonSection root = VocabularyFile.ReadJson(path);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty token in root.Element.EnumerateObject())
            ids[token.Name] = new JsonSection(token.Value, $"{root.Path}[\"{token.Name}\"]").Number();
        return ids.Count > 0 ? ids : throw new SimperException($"{path} holds no tokens.");
    }

    private static List<(string, string)> Merges(string path, Dictionary<string, int> ids)
    {
        string[] lines = VocabularyFile.ReadLines(path);
        var merges = new List<(string, string)>(lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            if ((i == 0 && lines[i].StartsWith("#version", StringComparison.Ordinal)) || lines[i].Length == 0)
                continue;
            if (lines[i].Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right])
                throw new SimperException($"{path}, line {i + 1}: two tokens have to stand there, with a space between them.");
            foreach (string token in (string[])[left, right, left + right])
            {
                if (!ids.ContainsKey(token))
                    throw new SimperException($"{path}, line {i + 1}: the token \"{token}\" is not in vocab.json.");
            }
            merges.Add((left, right));
        }
        return merges;
    }
}
