using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>The tokenizer stored in a GGUF file's keys, as the files of a Hugging Face folder.</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>The keys of tokens that end an answer.</summary>
    public static readonly string[] StopKeys = ["eos_token_id", "eot_token_id", "eom_token_id"];

    /// <summary>Simper's own key for all of them, where there are more.</summary>
    public const string AllStopIds = "simper.stop_token_ids";

    private static readonly (string Key, string Name)[] SpecialTokens =
    [
        ("bos_token_id", "bos_token"),
        ("eos_token_id", "eos_token"),
        ("unknown_token_id", "unk_token"),
        ("padding_token_id", "pad_token"),
    ];

    /// <summary>tokenizer_config.json, null when the file has no vocabulary.</summary>
    public static JsonObject? Config(GgufMetadata keys)
    {
        if (keys.Texts(Prefix + "tokens") is not { } tokens)
            return null;
        // The class that takes tokenizer.json as is; model-specific classes rebuild parts of it.
        var config = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        foreach ((string key, string name) in SpecialTokens)
        {
            if (Id(keys, key, tokens.Length) is { } id)
                config[name] = tokens[id];
        }
        foreach (string name in (string[])["add_bos_token", "add_eos_token"])
        {
            if (keys.Flag(Prefix + name) is { } flag)
                config[name] = flag;
        }
        if (keys.Integer((keys.Text("general.architecture") ?? "llama") + ".context_length") is { } length)
            config["model_max_length"] = length;
        if (TemplateSources.OfGguf(keys) is { Count: > 0 } templates)
            config["chat_template"] = TemplateSources.ToJson(templates);
        return config;
    }

    /// <summary>generation_config.json: the ids at which an answer begins and ends.</summary>
    public static JsonObject GenerationConfig(GgufMetadata keys)
    {
        int count = keys.Texts(Prefix + "tokens")?.Length ?? 0;
        var config = new JsonObject();
        if (Id(keys, "bos_token_id", count) is { } bos)
            config["bos_token_id"] = bos;
        int[] stops = StopIds(keys, count);
        if (stops.Length > 0)
            config["eos_token_id"] = stops.Length == 1 ? stops[0] : new JsonArray([.. stops.Select(id => (JsonNode)id)]);
        if (Id(keys, "padding_token_id", count) is { } padding)
            config["pad_token_id"] = padding;
        return config;
    }

    // As many as llama.cpp has keys for, unless Simper wrote all of them.
    private static int[] StopIds(GgufMetadata keys, int count)
    {
        if (keys.Get<int[]>(AllStopIds, "an array of int32") is { } all)
            return all.All(id => id >= 0 && id < count)
                ? all
                : throw FileFault.At(
                    keys.Path,
                    $"its key '{AllStopIds}' has an id that the vocabulary of {count} tokens has not",
                    "TokenOutOfRange"
                );
        return [.. StopKeys.Select(key => Id(keys, key, count)).OfType<int>().Distinct()];
    }

    /// <summary>tokenizer.json, built from vocabulary, scores or merges, and token types.</summary>
    public static byte[]? Json(GgufMetadata keys) => keys.Has(Prefix + "tokens") ? new GgufVocabulary(keys).ToJson() : null;

    private static int? Id(GgufMetadata keys, string key, int count)
    {
        if (keys.Integer(Prefix + key) is not { } id)
            return null;
        return id >= 0 && id < count
            ? (int)id
            : throw FileFault.At(
                keys.Path,
                $"its key '{Prefix + key}' is {id}, the vocabulary has {count} tokens",
                "TokenOutOfRange"
            );
    }
}
