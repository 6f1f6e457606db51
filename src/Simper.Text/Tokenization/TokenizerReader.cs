using System.Text.Json;

namespace Simper.Text.Tokenization;

/// <summary>Reads tokenizer.json: the model, the added tokens, and by <see cref="PipelineReader"/> the steps around the model.</summary>
internal static class TokenizerReader
{
    private const int MostTokens = 1_000_000, MostMerges = 2_000_000;

    public static TokenizerParts Read(ReadOnlySpan<byte> utf8Json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json.ToArray(), new JsonDocumentOptions { MaxDepth = 64 });
            return Read(new JsonSection(document.RootElement, source + ": $"));
        }
        catch (JsonException e)
        {
            throw new SimperException($"{source} is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e) // a text with half a surrogate pair, say
        {
            throw new SimperException($"{source} cannot be read: {e.Message}", e);
        }
    }

    private static TokenizerParts Read(JsonSection root)
    {
        if (root.Element.ValueKind != JsonValueKind.Object)
            throw root.Wrong("an object");
        JsonSection model = root["model"];
        string type = model["type"].Text(model["merges"].IsNull ? "" : "BPE"); // older files do not name BPE
        if (type != "BPE")
            throw model["type"].Unsupported($"the model \"{type}\"; supported is BPE: it");
        Dictionary<string, int> vocabulary = Vocabulary(model["vocab"]);
        List<AddedToken> added = AddedTokens(root["added_tokens"], vocabulary);
        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            Model = new BpeModel(vocabulary, Merges(model["merges"], vocabulary), Options(model, vocabulary, added)),
            AddedTokens = added,
            Normalizer = PipelineReader.Normalizer(root["normalizer"]),
            PreTokenizer = PipelineReader.PreTokenizer(root["pre_tokenizer"]),
            PostProcessor = PipelineReader.PostProcessor(root["post_processor"], token => Id(token, vocabulary, added)),
            Decoder = PipelineReader.Decoder(root["decoder"]),
        };
    }

    private static Dictionary<string, int> Vocabulary(JsonSection section)
    {
        if (section.Element.ValueKind != JsonValueKind.Object)
            throw section.Wrong("an object of tokens and ids");
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        foreach (JsonProperty property in section.Element.EnumerateObject())
        {
            JsonSection entry = new(property.Value, $"{section.Path}[\"{property.Name}\"]");
            int id = entry.Number();
            if (id >= 4 * MostTokens)
                throw entry.Wrong($"below {4 * MostTokens}");
            if (!ids.Add(id))
                throw entry.Wrong($"an id of its own; another token has {id}");
            if (!vocabulary.TryAdd(property.Name, id))
                throw new SimperException($"{entry.Path} stands there twice.");
            if (ids.Count > MostTokens)
                throw section.Wrong($"at most {MostTokens} tokens");
        }
        return vocabulary;
    }

    private static Dictionary<(int, int), (int, int)> Merges(JsonSection section, Dictionary<string, int> vocabulary)
    {
        var merges = new Dictionary<(int, int), (int, int)>();
        int rank = 0;
        foreach (JsonSection merge in section.Items())
        {
            if (rank > MostMerges)
                throw section.Wrong($"at most {MostMerges} merges");
            (string left, string right) = Pair(merge);
            // The first of equal merges counts.
            merges.TryAdd((Known(left), Known(right)), (rank++, Known(left + right)));

            int Known(string token) => vocabulary.TryGetValue(token, out int id)
                ? id
                : throw merge.Wrong($"made of known tokens; \"{token}\" is not in the vocabulary");
        }
        return merges;
    }

    private static (string Left, string Right) Pair(JsonSection merge)
    {
        if (merge.Element.ValueKind == JsonValueKind.Array && merge.Element.GetArrayLength() == 2)
        {
            JsonSection[] two = [.. merge.Items()];
            return (two[0].Text(), two[1].Text());
        }
        if (merge.Element.ValueKind == JsonValueKind.String && merge.Text().Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right])
            return (left, right);
        throw merge.Wrong("two tokens, as \"a b\" or [\"a\", \"b\"]");
    }

    private static BpeOptions Options(JsonSection model, Dictionary<string, int> vocabulary, List<AddedToken> added)
    {
        if (model["dropout"].Element.ValueKind == JsonValueKind.Number && model["dropout"].Element.GetDouble() != 0)
            throw model["dropout"].Unsupported("random dropping of merges");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model[affix].Text("").Length > 0)
                throw model[affix].Unsupported($"\"{model[affix].Text()}\"");
        }
        JsonSection unknown = model["unk_token"];
        return new BpeOptions
        {
            ByteFallback = model["byte_fallback"].Flag(false),
            IgnoreMerges = model["ignore_merges"].Flag(false),
            FuseUnknown = model["fuse_unk"].Flag(false),
            UnknownId = unknown.IsNull ? null : Id(unknown.Text(), vocabulary, added)
                ?? throw unknown.Wrong($"a token of the vocabulary; \"{unknown.Text()}\" is not"),
        };
    }

    private static List<AddedToken> AddedTokens(JsonSection section, Dictionary<string, int> vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (section.IsNull)
            return tokens;
        foreach (JsonSection token in section.Items())
        {
            string content = token["content"].Text();
            if (content.Length == 0)
                throw token["content"].Wrong("a text of at least one character");
            int id = token["id"].Number();
            if (id >= 4 * MostTokens || tokens.Count >= MostTokens)
                throw token["id"].Wrong($"below {4 * MostTokens}, of at most {MostTokens} tokens");
            if (vocabulary.TryGetValue(content, out int known) && known != id)
                throw token["id"].Wrong($"{known}, the id of \"{content}\" in the vocabulary");
            bool isSpecial = token["special"].Flag(false);
            tokens.Add(new AddedToken(id, content)
            {
                IsSpecial = isSpecial,
                IsNormalized = token["normalized"].Flag(!isSpecial),
                SingleWord = token["single_word"].Flag(false),
                StripsLeft = token["lstrip"].Flag(false),
                StripsRight = token["rstrip"].Flag(false),
            });
        }
        return tokens;
    }

    private static int? Id(string token, Dictionary<string, int> vocabulary, List<AddedToken> added) =>
        vocabulary.TryGetValue(token, out int id) ? id : added.FirstOrDefault(t => t.Content == token)?.Id;
}
