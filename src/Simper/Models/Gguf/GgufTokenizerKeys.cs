using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Checkpoints;

namespace Simper.Models.Gguf;

/// <summary>The keys of a tokenizer: its vocabulary, special tokens, stop tokens and chat templates.</summary>
internal static class GgufTokenizerKeys
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>All keys.</summary>
    /// <param name="files">The model's files.</param>
    /// <param name="vocabulary">Rows of the embedding, of which each needs a token.</param>
    /// <exception cref="SimperException">llama.cpp has no such tokenizer.</exception>
    public static IEnumerable<KeyValuePair<string, object>> Of(ModelFiles files, int vocabulary)
    {
        if (files.TokenizerJson is null)
            return [new(Prefix + "model", "no_vocab")];
        return
        [
            .. new GgufTokenList(files, vocabulary).Keys().Select(k => KeyValuePair.Create(Prefix + k.Key, k.Value)),
            .. SpecialTokens(files),
            .. Templates(files),
        ];
    }

    private static IEnumerable<KeyValuePair<string, object>> SpecialTokens(ModelFiles files)
    {
        (string Key, string Name)[] named =
        [
            ("bos_token_id", "bos_token"),
            ("unknown_token_id", "unk_token"),
            ("padding_token_id", "pad_token"),
        ];
        foreach ((string key, string name) in named)
        {
            if (IdOf(files, name) is { } id)
                yield return new(Prefix + key, (uint)id);
        }
        int[] stops = Stops(files);
        foreach ((string key, int id) in GgufTokenizer.StopKeys.Zip(stops))
            yield return new(Prefix + key, (uint)id);
        if (stops.Length > GgufTokenizer.StopKeys.Length)
            yield return new(GgufTokenizer.AllStopIds, stops);
        IReadOnlyList<int> plain = files.Tokenizer.EncodeToIds("a");
        IReadOnlyList<int> whole = files.Tokenizer.EncodeToIds("a", addSpecialTokens: true);
        yield return new(Prefix + "add_bos_token", whole.Count > plain.Count && whole[0] != plain[0]);
        yield return new(Prefix + "add_eos_token", whole.Count > plain.Count && whole[^1] != plain[^1]);
    }

    // The tokenizer's own first: it is what llama.cpp calls the end of a sequence.
    private static int[] Stops(ModelFiles files)
    {
        IReadOnlyList<int> all = files.StopIds;
        int? own = IdOf(files, "eos_token");
        return own is { } id && all.Contains(id) ? [id, .. all.Where(other => other != id)] : [.. all];
    }

    private static int? IdOf(ModelFiles files, string name)
    {
        string? text = files.TokenizerConfig?[name] switch
        {
            JsonValue value => (string?)value,
            JsonObject token => (string?)token["content"],
            _ => null,
        };
        return text is null ? null : files.Tokenizer.IdOf(text);
    }

    private static IEnumerable<KeyValuePair<string, object>> Templates(ModelFiles files)
    {
        string[] others = [.. files.TemplateSources.Keys.Where(n => n != Text.Templates.ChatTemplates.Default)];
        if (others.Length > 0)
            yield return new("tokenizer.chat_templates", others);
        foreach ((string name, string source) in files.TemplateSources)
            yield return new(
                name == Text.Templates.ChatTemplates.Default
                    ? "tokenizer.chat_template"
                    : string.Create(CultureInfo.InvariantCulture, $"tokenizer.chat_template.{name}"),
                source
            );
    }
}
