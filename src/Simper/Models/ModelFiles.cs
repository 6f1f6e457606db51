using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Hub;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;
using Simper.Text.Vocabularies;

namespace Simper.Models;

/// <summary>
/// The files of a model other than its weights: config, tokenizer, chat template, stop tokens. Immutable, thread safe.
/// </summary>
public sealed class ModelFiles
{
    private readonly Lazy<Tokenizer?> _tokenizer;
    private readonly Lazy<ChatTemplates?> _templates;
    private readonly Lazy<byte[]?> _tokenizerJson = new((byte[]?)null);

    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="config">As in config.json.</param>
    public ModelFiles(string source, JsonObject config)
    {
        (Source, Config) = (source, config);
        _tokenizer = new(() => TokenizerJson is null ? null : Tokenizer.Parse(TokenizerJson, Source));
        _templates = new(() => ChatTemplates.Of(TemplateSources, Source));
    }

    /// <summary>Where the files come from, for messages.</summary>
    public string Source { get; }

    /// <summary>config.json.</summary>
    public JsonObject Config { get; }

    /// <summary>generation_config.json, if there is one.</summary>
    public JsonObject? GenerationConfig { get; init; }

    /// <summary>tokenizer_config.json, if there is one.</summary>
    public JsonObject? TokenizerConfig { get; init; }

    /// <summary>
    /// The bytes of tokenizer.json, made of the tokenizer's other files where it is not there; null without a tokenizer.
    /// </summary>
    public byte[]? TokenizerJson
    {
        get => _tokenizerJson.Value;
        init => _tokenizerJson = new(value);
    }

    /// <summary>The same, read when it is asked for.</summary>
    internal Lazy<byte[]?> TokenizerSource
    {
        init => _tokenizerJson = value;
    }

    /// <summary>The chat templates' sources by name.</summary>
    public IReadOnlyDictionary<string, string> TemplateSources { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Variables of the chat template (<c>chat_template_kwargs</c>) where <see cref="TokenizationOptions"/> have none.
    /// </summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>All files of the tokenizer by name, as they are saved.</summary>
    internal IReadOnlyDictionary<string, byte[]> TokenizerFiles { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Which file of the folder each tensor was in, and is saved in; null for no matter.</summary>
    internal IReadOnlyDictionary<string, string>? Shards { get; init; }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="SimperException">The model has none, or its file is damaged.</exception>
    public Tokenizer Tokenizer =>
        _tokenizer.Value
        ?? throw new SimperException(
            $"{Source}: there is no tokenizer.json; {HubCache.Remedy(Source, "put the model's beside its weights")}."
        );

    /// <summary>The chat templates; null for a base model.</summary>
    public ChatTemplates? Templates => _templates.Value;

    /// <summary>The text of the token that begins a sequence, if the tokenizer's configs or its class name one.</summary>
    public string? BosToken => SpecialToken("bos_token");

    /// <summary>The text of the token that ends an answer, if the tokenizer's configs or its class name one.</summary>
    public string? EosToken => SpecialToken("eos_token");

    /// <summary>
    /// The tokens that end an answer: <c>eos_token_id</c> of generation_config.json (a number or a list), or of config.json where
    /// the former has none; and the tokenizer's <c>eos_token</c>.
    /// </summary>
    public IReadOnlyList<int> StopIds
    {
        get
        {
            IEnumerable<int> published = IdsOf(GenerationConfig, "eos_token_id") is { Count: > 0 } given
                ? given
                : IdsOf(Config, "eos_token_id");
            int? named = TokenizerJson is not null && EosToken is { } eos ? Tokenizer.IdOf(eos) : null;
            return [.. published.Concat(named is { } id ? [id] : []).Distinct()];
        }
    }

    /// <summary>The tokenizer of preference groups for this model.</summary>
    /// <param name="options">Lengths and formats.</param>
    /// <param name="templates">Chat templates to use instead of the model's own.</param>
    public GroupTokenizer GroupTokenizer(TokenizationOptions? options = null, ChatTemplates? templates = null)
    {
        options ??= new TokenizationOptions();
        if (options.Compatibility == Compatibility.SimPerReference)
            templates ??= SimPerReferenceTemplate.For(Source);
        return new(
            Tokenizer,
            templates ?? Templates,
            StopIds,
            BosToken,
            EosToken,
            options with
            {
                TemplateVariables = options.TemplateVariables ?? TemplateVariables,
            }
        );
    }

    /// <summary>The same files with other chat templates, which are saved with them.</summary>
    /// <param name="templates">The templates.</param>
    public ModelFiles With(ChatTemplates templates)
    {
        Dictionary<string, byte[]> files = TokenizerFiles.Where(f => !Checkpoints.TemplateSources.IsFile(f.Key)).ToDictionary();
        JsonObject? config = (JsonObject?)TokenizerConfig?.DeepClone();
        bool isSingle = templates.Sources.Count == 1 && templates.Sources.ContainsKey(ChatTemplates.Default);
        if (isSingle)
            files[Checkpoints.TemplateSources.FileName] = System.Text.Encoding.UTF8.GetBytes(
                templates.Sources[ChatTemplates.Default]
            );
        // Older programs read only the config; for newer ones several templates are written there, too.
        if (!isSingle || config?["chat_template"] is not null)
        {
            config ??= [];
            config["chat_template"] = Checkpoints.TemplateSources.ToJson(templates.Sources);
            files["tokenizer_config.json"] = ReadableJson.IndentedBytes(config);
        }
        return Copy(config, templates.Sources, TemplateVariables, files);
    }

    /// <summary>The same files with the tokenizer and the templates of an adapter's folder, where it has its own.</summary>
    /// <param name="folder">The folder.</param>
    internal ModelFiles WithTokenizerOf(string folder)
    {
        ModelFiles own = ForTokenizer(folder);
        return own.TokenizerJson is null
            ? this
            : new(Source, Config)
            {
                GenerationConfig = own.GenerationConfig ?? GenerationConfig,
                TokenizerConfig = own.TokenizerConfig,
                TokenizerSource = own._tokenizerJson,
                TemplateSources = own.TemplateSources.Count > 0 ? own.TemplateSources : TemplateSources,
                TemplateVariables = TemplateVariables,
                TokenizerFiles = own.TokenizerFiles,
                Shards = Shards,
            };
    }

    /// <summary>The same files with variables of the chat template.</summary>
    /// <param name="variables">The variables.</param>
    public ModelFiles With(JsonObject variables) => Copy(TokenizerConfig, TemplateSources, variables, TokenizerFiles);

    /// <summary>The same files of a model whose head is not its embedding.</summary>
    internal ModelFiles Untied()
    {
        var config = (JsonObject)Config.DeepClone();
        config["tie_word_embeddings"] = false;
        return Copy(TokenizerConfig, TemplateSources, TemplateVariables, TokenizerFiles, config);
    }

    // A new object: lazily parsed values belong to the instance that parsed them.
    private ModelFiles Copy(
        JsonObject? tokenizerConfig,
        IReadOnlyDictionary<string, string> templates,
        JsonObject? variables,
        IReadOnlyDictionary<string, byte[]> files,
        JsonObject? config = null
    ) =>
        new(Source, config ?? Config)
        {
            GenerationConfig = GenerationConfig,
            TokenizerConfig = tokenizerConfig,
            TokenizerSource = _tokenizerJson,
            TemplateSources = templates,
            TemplateVariables = variables,
            TokenizerFiles = files,
            Shards = Shards,
        };

    /// <summary>Reads everything but the weights of a checkpoint.</summary>
    public static ModelFiles Of(Checkpoint checkpoint) =>
        new(checkpoint.Path, checkpoint.Config.DeepClone().AsObject())
        {
            GenerationConfig = checkpoint.GenerationConfig?.DeepClone().AsObject(),
            TokenizerConfig = checkpoint.TokenizerConfig?.DeepClone().AsObject(),
            TokenizerSource = new(() => checkpoint.TokenizerJson),
            TemplateSources = checkpoint.ChatTemplates,
            TokenizerFiles = CheckpointFiles.From(checkpoint).Others,
            Shards = checkpoint.Source.Shards,
        };

    /// <summary>Reads config.json and the tokenizer's files of a folder without weights, for a new model.</summary>
    /// <exception cref="SimperException">config.json is missing or not JSON.</exception>
    public static ModelFiles Read(string folder) => Read(folder, needsConfig: true);

    /// <summary>
    /// Reads the tokenizer's files of a folder, and config.json and generation_config.json if they exist: enough to tokenize.
    /// </summary>
    /// <exception cref="SimperException">A file is not JSON.</exception>
    public static ModelFiles ForTokenizer(string folder) => Read(folder, needsConfig: false);

    private static ModelFiles Read(string folder, bool needsConfig)
    {
        folder = HubCache.Find(HubKind.Model, folder) ?? throw Checkpoint.Missing(folder);
        JsonObject? Json(string name) => FolderFiles.ReadJsonIfThere(Path.Combine(folder, name));
        JsonObject config =
            Json("config.json")
            ?? (needsConfig ? throw new SimperException($"{folder} holds no config.json, from which a new model is made.") : []);
        JsonObject? tokenizerConfig = Json("tokenizer_config.json");
        return new ModelFiles(folder, config)
        {
            GenerationConfig = Json("generation_config.json"),
            TokenizerConfig = tokenizerConfig,
            TokenizerSource = new(() => VocabularyFiles.ReadJson(folder, tokenizerConfig, TextOf(config, "model_type"))),
            TemplateSources = Checkpoints.TemplateSources.OfFolder(folder, tokenizerConfig),
            TokenizerFiles = HuggingFaceFolder.TokenizerFiles(folder),
        };
    }

    internal CheckpointFiles ForSaving() =>
        new()
        {
            Config = Config.DeepClone().AsObject(),
            GenerationConfig = GenerationConfig?.DeepClone().AsObject(),
            Others = TokenizerFiles,
            Shards = Shards,
        };

    private string? SpecialToken(string key) =>
        VocabularyFiles.SpecialToken(
            key,
            TokenizerConfig,
            TokenizerFiles.GetValueOrDefault("special_tokens_map.json"),
            TextOf(Config, "model_type"),
            text => TokenizerJson is not null && Tokenizer.IdOf(text) is not null
        );

    private static string? TextOf(JsonObject config, string key) =>
        config[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private List<int> IdsOf(JsonObject? config, string key) =>
        config?[key] switch
        {
            JsonArray list => [.. list.Select(i => Id(i, key))],
            JsonValue one when one.GetValueKind() == JsonValueKind.Number => [Id(one, key)],
            _ => [],
        };

    // By its text: a node built in code may hold a long, which GetValue<int> refuses.
    private int Id(JsonNode? node, string key) =>
        int.TryParse(
            node?.ToJsonString() ?? "-1",
            System.Globalization.NumberStyles.AllowLeadingSign,
            System.Globalization.CultureInfo.InvariantCulture,
            out int id
        )
            ? id
            : throw new SimperException(
                $"{Source}: \"{key}\" holds {node!.ToJsonString()}; it has to be a token's id, or a list of them."
            );
}
