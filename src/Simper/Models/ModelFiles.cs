using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;

namespace Simper.Models;

/// <summary>What belongs to a model beside its weights: config, tokenizer, chat template, stop tokens. Immutable, thread safe.</summary>
public sealed class ModelFiles
{
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="config">As in config.json.</param>
    public ModelFiles(string source, JsonObject config)
    {
        (Source, Config) = (source, config);
    }

    /// <summary>Where the files come from, for messages.</summary>
    public string Source { get; }

    /// <summary>config.json.</summary>
    public JsonObject Config { get; }

    /// <summary>generation_config.json, if there is one.</summary>
    public JsonObject? GenerationConfig { get; init; }

    /// <summary>tokenizer_config.json, if there is one.</summary>
    public JsonObject? TokenizerConfig { get; init; }

    /// <summary>The bytes of tokenizer.json, if there is one.</summary>
    public byte[]? TokenizerJson { get; init; }

    /// <summary>The text of the chat template, if there is one.</summary>
    public string? TemplateSource { get; init; }

    /// <summary>The text of the token that begins a sequence, if the tokenizer's config names one.</summary>
    public string? BosToken => SpecialToken("bos_token");

    /// <summary>The text of the token that ends an answer, if the tokenizer's config names one.</summary>
    public string? EosToken => SpecialToken("eos_token");

    /// <summary>
    /// The tokens that end an answer: <c>eos_token_id</c> of generation_config.json (a number or a list), or of config.json where
    /// the former has none; and the tokenizer's <c>eos_token</c>.
    /// </summary>
    public IReadOnlyList<int> StopIds
    {
        get
        {
            IEnumerable<int> published = IdsOf(GenerationConfig, "eos_token_id") is { Count: > 0 } given ? given : IdsOf(Config, "eos_token_id");
            return [.. published.Distinct()];
        }
    }

    /// <summary>Reads what a checkpoint holds beside its weights.</summary>
    public static ModelFiles Of(Checkpoint checkpoint) => new(checkpoint.Path, checkpoint.Config)
    {
        GenerationConfig = checkpoint.GenerationConfig,
        TokenizerConfig = checkpoint.TokenizerConfig,
        TokenizerJson = checkpoint.TokenizerJson,
        TemplateSource = checkpoint.ChatTemplate,
    };

    private string? SpecialToken(string key) => TokenizerConfig?[key] switch
    {
        JsonValue text when text.GetValueKind() == JsonValueKind.String => text.GetValue<string>(),
        JsonObject token => token["content"]?.GetValue<string>(), // older files write an object
        _ => null,
    };

    private static List<int> IdsOf(JsonObject? config, string key) => config?[key] switch
    {
        JsonArray list => [.. list.Select(n => n!.GetValue<int>())],
        JsonValue one when one.GetValueKind() == JsonValueKind.Number => [one.GetValue<int>()],
        _ => [],
    };
}
