using System.Text.Json;
using Simper.Text.Tokenization;

namespace Simper.Text.Vocabularies;

/// <summary>
/// Mistral's tekken.json as a tokenizer.json: special tokens first, then bytes by rank, as many as the vocabulary's size says.
/// </summary>
internal static class TekkenVocabulary
{
    // Older files have no list: these, with their ids.
    private static readonly string[] Unlisted =
    [
        "<unk>",
        "<s>",
        "</s>",
        "[INST]",
        "[/INST]",
        "[AVAILABLE_TOOLS]",
        "[/AVAILABLE_TOOLS]",
        "[TOOL_RESULTS]",
        "[/TOOL_RESULTS]",
        "[TOOL_CALLS]",
        "[IMG]",
        "<pad>",
        "[IMG_BREAK]",
        "[IMG_END]",
        "[PREFIX]",
        "[MIDDLE]",
        "[SUFFIX]",
        "[SYSTEM_PROMPT]",
        "[/SYSTEM_PROMPT]",
        "[TOOL_CONTENT]",
    ];

    /// <summary>The class of these files: a sequence begins with &lt;s&gt;.</summary>
    public static TokenizerKind Kind { get; } =
        new()
        {
            Classes = [],
            AddsBos = true,
            Tokens = new Dictionary<string, string>
            {
                ["bos_token"] = "<s>",
                ["eos_token"] = "</s>",
                ["unk_token"] = "<unk>",
                ["pad_token"] = "<pad>",
            },
        };

    public static TokenizerDraft Read(string path, FolderTokens tokens)
    {
        JsonSection root = VocabularyFile.ReadJson(path);
        JsonSection config = root["config"];
        int special = config["default_num_special_tokens"].Number();
        int size = config["default_vocab_size"].Number();
        if (special >= size || size > TokenizerReader.MostTokens)
            throw config["default_vocab_size"]
                .Wrong($"above the {special} special tokens and at most {TokenizerReader.MostTokens}; it is {size}");
        List<string> vocabulary = Vocabulary(root["vocab"], size - special);
        List<AddedToken> listed = SpecialTokens(root["special_tokens"], special);
        var ids = new Dictionary<string, int>(size, StringComparer.Ordinal);
        for (int rank = 0; rank < vocabulary.Count; rank++)
        {
            if (!ids.TryAdd(vocabulary[rank], special + rank))
                throw root[$"vocab[{rank}]"].Wrong("other bytes than those of the entries before");
        }
        foreach (AddedToken token in listed)
        {
            if (!ids.TryAdd(token.Content, token.Id))
                throw root["special_tokens"].Wrong($"other texts than those of the vocabulary; \"{token.Content}\" is one");
        }
        List<AddedToken> added = tokens.Resolve(ids, listed);
        return RankedBytes.Draft(vocabulary, special, config["pattern"].Text(), listed) with
        {
            AddedTokens = added,
            PostProcessor = Frame.Of(tokens, Kind, added),
        };
    }

    private static List<string> Vocabulary(JsonSection section, int count)
    {
        var vocabulary = new List<string>(count);
        foreach (JsonSection entry in section.Items(TokenizerReader.MostTokens))
        {
            if (vocabulary.Count == count)
                break;
            if (!entry["rank"].IsNull && entry["rank"].Number() != vocabulary.Count)
                throw entry["rank"].Wrong($"{vocabulary.Count}, as ranks are in order; it is {entry["rank"].Number()}");
            JsonSection bytes = entry["token_bytes"];
            vocabulary.Add(RankedBytes.Token(bytes.Text()) ?? throw bytes.Wrong("the bytes of a token in base64"));
        }
        return vocabulary.Count == count
            ? vocabulary
            : throw section.Wrong($"a list of at least {count} entries; it has {vocabulary.Count}");
    }

    private static List<AddedToken> SpecialTokens(JsonSection section, int count)
    {
        var tokens = new Dictionary<int, AddedToken>();
        if (section.IsNull)
        {
            for (int id = 0; id < Math.Min(Unlisted.Length, count); id++)
                tokens.Add(id, new AddedToken(id, Unlisted[id]) { IsSpecial = true });
        }
        foreach (JsonSection entry in section.IsNull ? [] : section.Items(TokenizerReader.MostTokens))
        {
            JsonSection rank = entry["rank"];
            var token = new AddedToken(rank.Number(tokens.Count), entry["token_str"].Text())
            {
                IsSpecial = entry["is_control"].Flag(true),
            };
            if (token.Id >= count || !tokens.TryAdd(token.Id, token))
                throw rank.Wrong($"a rank of its own below {count}; it is {token.Id}");
        }
        for (int id = 0; id < count; id++)
            tokens.TryAdd(id, new AddedToken(id, $"<SPECIAL_{id}>") { IsSpecial = true });
        return [.. tokens.Values];
    }
}
