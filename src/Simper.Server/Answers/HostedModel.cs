using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Server.Answers.ToolCalls;
using Simper.Server.Protocol;
using Simper.Serving;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Server.Answers;

/// <summary>A model with its engine, and what turns requests into its ids. Thread safe; owns both.</summary>
internal sealed class HostedModel : IAsyncDisposable
{
    private const int MostMasks = 32;

    private readonly GroupTokenizer _texts;
    private readonly Dictionary<string, ITokenMask> _masks = [];
    private readonly int _longestToken;
    private readonly bool _knowsDevelopers;

    public HostedModel(ServedModel model, EngineSettings settings)
    {
        Model = model;
        ModelFiles files = model.Model.Files;
        _texts = files.GroupTokenizer();
        _knowsDevelopers = files.TemplateSources.Values.Any(s => s.Contains("developer", StringComparison.Ordinal));
        ToolCalls = ToolCallFormats.Of(files.TemplateSources.Values);
        ToolMarks = ToolCalls
            .Marks.Select(m => (Id: model.Tokenizer.IdOf(m), Text: m))
            .Where(m => m.Id is { } id && model.Tokenizer.IsSpecial(id))
            .ToDictionary(m => m.Id!.Value, m => m.Text);
        Names = new TokenNames(model.Tokenizer);
        for (int id = 0; id < model.Tokenizer.VocabularySize; id++)
            _longestToken = Math.Max(_longestToken, model.Tokenizer.TokenOf(id)?.Length ?? 0);
        Engine = new GenerationEngine(model, settings);
        Limits = new ModelLimits(Engine.MaxLength, model.Vocabulary);
    }

    /// <summary>The name in requests.</summary>
    public string Name => Model.Name;

    /// <summary>The model.</summary>
    public ServedModel Model { get; }

    /// <summary>What computes.</summary>
    public GenerationEngine Engine { get; }

    /// <summary>What it bounds in a request.</summary>
    public ModelLimits Limits { get; }

    /// <summary>Names of its tokens.</summary>
    public TokenNames Names { get; }

    /// <summary>How it writes calls of tools.</summary>
    public ToolCallFormat ToolCalls { get; }

    /// <summary>Special tokens that calls are known by, with their texts.</summary>
    public IReadOnlyDictionary<int, string> ToolMarks { get; }

    /// <summary>Since when it is served.</summary>
    public DateTimeOffset Created { get; } = DateTimeOffset.UtcNow;

    /// <summary>The prompt of a conversation, in ids.</summary>
    /// <exception cref="ApiException">The template refuses it, or it leaves no room for an answer.</exception>
    public int[] PromptOf(ChatRequest request)
    {
        ExpectShort(request.Messages.Sum(m => (long)m.Content.Length), "messages");
        int[] ids = Rendered(request.Messages, request.Tools, request.TemplateVariables);
        ExpectRoom(ids.Length, 1, "messages");
        return ids;
    }

    /// <summary>Whether the template tells the model of tools.</summary>
    public bool ShowsTools(ChatRequest request, int[] prompt) =>
        request.Tools is null || !prompt.SequenceEqual(Rendered(request.Messages, null, request.TemplateVariables));

    /// <summary>A prompt to be continued, in ids, with the place in its text where each token begins.</summary>
    /// <exception cref="ApiException">It leaves no room for an answer.</exception>
    public CompletionPrompt PromptOf(GivenPrompt prompt, bool addSpecialTokens, int answer, string param)
    {
        CompletionPrompt read;
        if (prompt.Ids is { } ids)
            read = CompletionPrompt.Of(Model.Tokenizer, ids);
        else
        {
            ExpectShort(prompt.Text!.Length, param);
            read = CompletionPrompt.Of(Model.Tokenizer, prompt.Text!, addSpecialTokens, FirstId);
        }
        ExpectRoom(read.Ids.Length, Math.Min(answer, 1), param);
        return read;
    }

    /// <summary>Ids of a conversation, rendered by the template.</summary>
    public int[] Rendered(IReadOnlyList<ChatMessage> messages, JsonArray? tools, JsonObject? variables)
    {
        if (!_knowsDevelopers) // OpenAI's newer name of a system message
            messages = [.. messages.Select(m => m.Role == "developer" ? m with { Role = "system" } : m)];
        try
        {
            int[] ids = _texts.Prompt(messages, tools, variables);
            return ids.Length > 0 ? ids : [FirstId];
        }
        catch (SimperException e)
        {
            throw ApiException.Invalid("messages", e.Message);
        }
    }

    /// <summary>The mask of an answer's form; null for any text. Kept for the next request, since masks learn.</summary>
    /// <exception cref="ApiException">The schema asks for what no mask can hold.</exception>
    public ITokenMask? MaskOf(ResponseFormat format)
    {
        if (!format.IsJson)
            return null;
        string key = format.Schema?.ToJsonString() ?? "";
        lock (_masks)
        {
            if (_masks.TryGetValue(key, out ITokenMask? known))
                return known;
        }
        ITokenMask mask;
        try
        {
            mask = format.Schema is { } schema ? JsonMask.ForSchema(schema, Model) : JsonMask.ForObject(Model);
        }
        catch (SimperException e)
        {
            throw ApiException.Invalid("response_format", e.Message, "invalid_json_schema");
        }
        lock (_masks)
        {
            if (_masks.Count >= MostMasks)
                _masks.Clear();
            _masks[key] = mask;
        }
        return mask;
    }

    // What a harness puts before an empty context.
    private int FirstId =>
        (Model.Model.Files.BosToken is { } bos ? Model.Tokenizer.IdOf(bos) : null)
        ?? (Model.StopIds.Count > 0 ? Model.StopIds[0] : 0);

    // Tokenising a text that cannot fit would cost more than saying so.
    private void ExpectShort(long characters, string param)
    {
        if (characters > (long)Limits.Context * _longestToken)
            throw ApiException.TooLong(
                param,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"your prompt has {characters} characters, more than so many tokens cover"
                ),
                Limits.Context
            );
    }

    private void ExpectRoom(int prompt, int answer, string param)
    {
        if (prompt + answer > Limits.Context)
            throw ApiException.TooLong(
                param,
                string.Create(CultureInfo.InvariantCulture, $"your prompt has {prompt} tokens, and needs room for an answer"),
                Limits.Context
            );
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Model.Dispose();
    }
}
