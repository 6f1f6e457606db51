using System.Text.Json;

namespace Simper.Text.Tokenization;

/// <summary>
/// Reads tokenizer.json: the added tokens here, the model by <see cref="ModelReader"/>, and the steps around it by
/// <see cref="PipelineReader"/>.
/// </summary>
internal static class TokenizerReader
{
    public const int MostTokens = 1_000_000;
    public const int HighestId = 4 * MostTokens;

    public static TokenizerParts Read(ReadOnlySpan<byte> utf8Json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json.ToArray(), new JsonDocumentOptions { MaxDepth = 64 });
            return Read(new JsonSection(document.RootElement, source + ": $"));
        }
        catch (JsonException e)
        {
            throw new SimperException($"{source} is not valid JSON, line {e.LineNumber + 1}: {SystemFault.Sentence(e)}.", e);
        }
        catch (InvalidOperationException e) // for example a text with a lone surrogate
        {
            throw new SimperException($"{source} cannot be read: {e.Message}", e);
        }
    }

    private static TokenizerParts Read(JsonSection root)
    {
        if (root.Element.ValueKind != JsonValueKind.Object)
            throw root.Wrong("an object");
        Dictionary<string, int> vocabulary = ModelReader.Vocabulary(root["model"]);
        Dictionary<string, int> all = new(vocabulary, StringComparer.Ordinal);
        List<AddedToken> added = AddedTokens(root["added_tokens"], all);
        return new TokenizerParts
        {
            Ids = all,
            Model = ModelReader.Read(root["model"], vocabulary, all),
            AddedTokens = added,
            Normalizer = PipelineReader.Normalizer(root["normalizer"]),
            PreTokenizer = PipelineReader.PreTokenizer(root["pre_tokenizer"]),
            PostProcessor = PostProcessorReader.Read(root["post_processor"], all),
            Decoder = PipelineReader.Decoder(root["decoder"]),
        };
    }

    /// <summary>The added tokens; their ids are added to <paramref name="all"/>.</summary>
    private static List<AddedToken> AddedTokens(JsonSection section, Dictionary<string, int> all)
    {
        var tokens = new List<AddedToken>();
        if (section.IsNull)
            return tokens;
        var holders = all.ToDictionary(v => v.Value, v => v.Key);
        foreach (JsonSection token in section.Items(MostTokens))
        {
            string content = token["content"].Text();
            if (content.Length == 0)
                throw token["content"].Wrong("a text of at least one character");
            int id = token["id"].Number();
            if (id >= HighestId)
                throw token["id"].Wrong($"below {HighestId}; it is {id}");
            if (all.TryGetValue(content, out int known) && known != id)
                throw token["id"].Wrong($"{known}, the id of \"{content}\" elsewhere");
            if (!holders.TryAdd(id, content) && holders[id] != content)
                throw token["id"].Wrong($"an id of its own; \"{holders[id]}\" has {id}");
            all[content] = id;
            bool isSpecial = token["special"].Flag(false);
            tokens.Add(
                new AddedToken(id, content)
                {
                    IsSpecial = isSpecial,
                    IsNormalized = token["normalized"].Flag(!isSpecial),
                    SingleWord = token["single_word"].Flag(false),
                    StripsLeft = token["lstrip"].Flag(false),
                    StripsRight = token["rstrip"].Flag(false),
                }
            );
        }
        return tokens;
    }
}
