using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Models;

/// <summary>What belongs to a model beside its weights: config, tokenizer, chat template, stop tokens. Immutable, thread safe.</summary>
public sealed class ModelFiles
{
    private readonly Lazy<Tokenizer?> _tokenizer;
    private readonly Lazy<ChatTemplate?> _template;

    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="config">As in config.json.</param>
    public ModelFiles(string source, JsonObject config)
    {
        (Source, Config) = (source, config);
        _tokenizer = new(() => TokenizerJson is null ? null : Tokenizer.Parse(TokenizerJson, Source));
        _template = new(() => TemplateSource is null ? null : ChatTemplate.Parse(TemplateSource, Source));
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

    /// <summary>All files of the tokenizer by name, as they are saved.</summary>
    internal IReadOnlyDictionary<string, byte[]> TokenizerFiles { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>The tokenizer.</summary>
    /// <exception cref="SimperException">The model has none, or its file is damaged.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value
        ?? throw new SimperException($"{Source}: there is no tokenizer.json; put the model's beside its weights.");

    /// <summary>The chat template, or null: a base model.</summary>
    public ChatTemplate? Template => _template.Value;

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
            int? named = TokenizerJson is not null && EosToken is { } eos ? Tokenizer.IdOf(eos) : null;
            return [.. published.Concat(named is { } id ? [id] : []).Distinct()];
        }
    }

    /// <summary>The tokenizer of preference groups that fits this model.</summary>
    /// <param name="options">Lengths and formats.</param>
    /// <param name="template">Another chat template than the model's own.</param>
    public GroupTokenizer GroupTokenizer(TokenizationOptions? options = null, ChatTemplate? template = null)
    {
        if (options?.Compatibility == Compatibility.SimPerReference)
            template ??= SimPerReferenceTemplate.For(Source);
        return new(Tokenizer, template ?? Template, StopIds, BosToken, EosToken, options);
    }

    /// <summary>Reads what a checkpoint holds beside its weights.</summary>
    public static ModelFiles Of(Checkpoint checkpoint) => new(checkpoint.Path, checkpoint.Config.DeepClone().AsObject())
    {
        GenerationConfig = checkpoint.GenerationConfig?.DeepClone().AsObject(),
        TokenizerConfig = checkpoint.TokenizerConfig?.DeepClone().AsObject(),
        TokenizerJson = checkpoint.TokenizerJson,
        TemplateSource = checkpoint.ChatTemplate,
        TokenizerFiles = CheckpointFiles.From(checkpoint).Others,
    };

    /// <summary>Reads config.json and the tokenizer's files of a folder without weights, for a new model.</summary>
    /// <exception cref="SimperException">config.json is missing or no JSON.</exception>
    public static ModelFiles Read(string folder) => Read(folder, needsConfig: true);

    /// <summary>Reads the tokenizer's files of a folder, and config.json and generation_config.json where they are there: enough to make tokens.</summary>
    /// <exception cref="SimperException">A file is no JSON.</exception>
    public static ModelFiles ForTokenizer(string folder) => Read(folder, needsConfig: false);

    private static ModelFiles Read(string folder, bool needsConfig)
    {
        byte[]? Bytes(string name) => File.Exists(Path.Combine(folder, name)) ? File.ReadAllBytes(Path.Combine(folder, name)) : null;
        JsonObject? Json(string name)
        {
            try
            {
                return Bytes(name) is { } bytes ? JsonNode.Parse(bytes) as JsonObject ?? throw new SimperException($"{Path.Combine(folder, name)} has to be a JSON object.") : null;
            }
            catch (JsonException e)
            {
                throw new SimperException($"{Path.Combine(folder, name)} is not valid JSON: {e.Message}", e);
            }
        }

        JsonObject config = Json("config.json") ?? (needsConfig ? throw new SimperException($"{folder} holds no config.json, from which a new model is made.") : []);
        JsonObject? tokenizerConfig = Json("tokenizer_config.json");
        string[] names = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];
        return new ModelFiles(folder, config)
        {
            GenerationConfig = Json("generation_config.json"),
            TokenizerConfig = tokenizerConfig,
            TokenizerJson = Bytes("tokenizer.json"),
            TemplateSource = Bytes("chat_template.jinja") is { } jinja ? System.Text.Encoding.UTF8.GetString(jinja) : HuggingFaceFolder.TemplateOf(tokenizerConfig),
            TokenizerFiles = names.Where(n => Bytes(n) is not null).ToDictionary(n => n, n => Bytes(n)!),
        };
    }

    internal CheckpointFiles ForSaving() => new()
    {
        Config = Config.DeepClone().AsObject(),
        GenerationConfig = GenerationConfig?.DeepClone().AsObject(),
        Others = TokenizerFiles,
    };

    private string? SpecialToken(string key) => TokenizerConfig?[key] switch
    {
        JsonValue text when text.GetValueKind() == JsonValueKind.String => text.GetValue<string>(),
        JsonObject token => token["content"]?.GetValue<string>(), // older files write an object
        _ => null,
    };

    private static List<int> IdsOf(JsonObject? config, string key) => config?[key] switch
    {
        JsonArray list => [.. list.Select(Id)],
        JsonValue one when one.GetValueKind() == JsonValueKind.Number => [Id(one)],
        _ => [],
    };

    // By its text: a node made in code may hold a long, which GetValue<int> refuses.
    private static int Id(JsonNode? node) => int.Parse(node?.ToJsonString() ?? "-1", System.Globalization.CultureInfo.InvariantCulture);
}
