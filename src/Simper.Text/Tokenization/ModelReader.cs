using System.Text.Json;

namespace Simper.Text.Tokenization;

/// <summary>Reads the model and its vocabulary.</summary>
internal static class ModelReader
{
    private const int MostMerges = 2_000_000;
    private const int LongestUnigramToken = 1024;
    private const int LongestWord = 1000;

    /// <summary>The vocabulary: token to id.</summary>
    public static Dictionary<string, int> Vocabulary(JsonSection model)
    {
        JsonSection section = model["vocab"];
        if (TypeOf(model) == "Unigram")
            return Pieces(section);
        if (section.Element.ValueKind != JsonValueKind.Object)
            throw section.Wrong("an object of tokens and ids");
        int count = section.Element.GetPropertyCount();
        if (count > TokenizerReader.MostTokens)
            throw section.Wrong($"an object of at most {TokenizerReader.MostTokens} tokens; it has {count}");
        var vocabulary = new Dictionary<string, int>(count, StringComparer.Ordinal);
        var ids = new HashSet<int>(count);
        foreach (JsonProperty property in section.Element.EnumerateObject())
        {
            JsonSection entry = new(property.Value, $"{section.Path}[\"{property.Name}\"]");
            int id = entry.Number();
            if (id >= TokenizerReader.HighestId)
                throw entry.Wrong($"below {TokenizerReader.HighestId}; it is {id}");
            if (!ids.Add(id))
                throw entry.Wrong($"an id of its own; another token has {id}");
            if (!vocabulary.TryAdd(property.Name, id))
                throw new SimperException($"{entry.Path} stands there twice.");
        }
        return vocabulary;
    }

    /// <summary>The model over its vocabulary.</summary>
    /// <param name="model">The section.</param>
    /// <param name="vocabulary">The tokens of the model.</param>
    /// <param name="all">The model's tokens and the added ones.</param>
    public static TokenModel Read(JsonSection model, Dictionary<string, int> vocabulary, Dictionary<string, int> all) =>
        TypeOf(model) switch
        {
            "BPE" => Bpe(model, vocabulary, Options(model, all)),
            "Unigram" => Unigram(model, vocabulary),
            "WordLevel" => new WordLevelModel(vocabulary, Known(model["unk_token"], all)),
            "WordPiece" => new WordPieceModel(
                vocabulary,
                Known(model["unk_token"], all),
                model["continuing_subword_prefix"].Text("##"),
                Math.Min(model["max_input_chars_per_word"].Number(100), LongestWord)
            ),
            var other => throw model["type"].Unsupported($"the model \"{other}\""),
        };

    // Older files do not name the type.
    private static string TypeOf(JsonSection model) =>
        model["type"]
            .Text(
                !model["merges"].IsNull ? "BPE"
                : !model["max_input_chars_per_word"].IsNull ? "WordPiece"
                : model["vocab"].Element.ValueKind == JsonValueKind.Array ? "Unigram"
                : model["unk_token"].IsNull ? ""
                : "WordLevel"
            );

    private static int Known(JsonSection token, Dictionary<string, int> all) =>
        all.TryGetValue(token.Text(), out int id)
            ? id
            : throw token.Wrong($"a token of the vocabulary; \"{token.Text()}\" is not");

    private static Dictionary<string, int> Pieces(JsonSection section)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonSection piece in section.Items(TokenizerReader.MostTokens))
        {
            JsonSection[] pair = [.. piece.Items()];
            if (pair.Length != 2 || pair[1].Element.ValueKind != JsonValueKind.Number)
                throw piece.Wrong("a token and its score");
            if (pair[0].Text().Length > LongestUnigramToken)
                throw pair[0].Wrong($"a token of at most {LongestUnigramToken} characters");
            if (!vocabulary.TryAdd(pair[0].Text(), vocabulary.Count))
                throw pair[0].Wrong($"a token of its own; \"{pair[0].Text()}\" stands there twice");
        }
        return vocabulary;
    }

    private static UnigramModel Unigram(JsonSection model, Dictionary<string, int> vocabulary)
    {
        int? unknown = model["unk_id"].IsNull ? null : model["unk_id"].Number();
        if (unknown >= vocabulary.Count)
            throw model["unk_id"].Wrong($"the id of one of the {vocabulary.Count} tokens; it is {unknown}");
        double[] scores = [.. model["vocab"].Items(TokenizerReader.MostTokens).Select(p => p.Element[1].GetDouble())];
        return new UnigramModel(vocabulary, scores, unknown, model["byte_fallback"].Flag(false));
    }

    private static BpeModel Bpe(JsonSection model, Dictionary<string, int> vocabulary, BpeOptions options) =>
        new(vocabulary, Merges(model["merges"], vocabulary, options.Prefix.Length), options);

    private static Dictionary<(int, int), (int, int)> Merges(JsonSection section, Dictionary<string, int> vocabulary, int prefix)
    {
        var merges = new Dictionary<(int, int), (int, int)>();
        int rank = 0;
        foreach (JsonSection merge in section.Items(MostMerges))
        {
            (string left, string right) = Pair(merge);
            // The last of equal merges wins, as in the reference.
            merges[(Token(left), Token(right))] = (rank++, Token(left + right[Math.Min(prefix, right.Length)..]));

            int Token(string token) =>
                vocabulary.TryGetValue(token, out int id)
                    ? id
                    : throw merge.Wrong($"made of known tokens; \"{token}\" is not in the vocabulary");
        }
        return merges;
    }

    private static (string Left, string Right) Pair(JsonSection merge)
    {
        if (merge.Element.ValueKind == JsonValueKind.Array && merge.Element.GetArrayLength() == 2)
            return (new JsonSection(merge.Element[0], merge.Path).Text(), new JsonSection(merge.Element[1], merge.Path).Text());
        if (
            merge.Element.ValueKind == JsonValueKind.String
            && merge.Text().Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
        )
            return (left, right);
        throw merge.Wrong("two tokens, as \"a b\" or [\"a\", \"b\"]");
    }

    private static BpeOptions Options(JsonSection model, Dictionary<string, int> all)
    {
        if (model["dropout"].Element.ValueKind == JsonValueKind.Number && model["dropout"].Element.GetDouble() != 0)
            throw model["dropout"].Unsupported("random dropping of merges");
        string prefix = model["continuing_subword_prefix"].Text("");
        string suffix = model["end_of_word_suffix"].Text("");
        bool byBytes = model["byte_fallback"].Flag(false);
        if (byBytes && prefix.Length + suffix.Length > 0)
            throw model["byte_fallback"].Unsupported("it together with a prefix or suffix of words");
        return new BpeOptions
        {
            Prefix = prefix,
            Suffix = suffix,
            ByteFallback = byBytes,
            IgnoreMerges = model["ignore_merges"].Flag(false),
            FuseUnknown = model["fuse_unk"].Flag(false),
            UnknownId = model["unk_token"].IsNull ? null : Known(model["unk_token"], all),
        };
    }
}
