using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Server.Protocol;

/// <summary>A request to /v1/chat/completions.</summary>
internal sealed record ChatRequest
{
    /// <summary>The conversation.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Tools that the template shows to the model; null for none.</summary>
    public required JsonArray? Tools { get; init; }

    /// <summary>Variables of the template (<c>chat_template_kwargs</c>, as in vLLM).</summary>
    public required JsonObject? TemplateVariables { get; init; }

    /// <summary>How it is answered.</summary>
    public required AnswerOptions Options { get; init; }

    /// <summary>At most so many tokens; null for as many as the context holds.</summary>
    public required int? MaxTokens { get; init; }

    /// <summary>Alternatives shown beside each token; null for no log-probs.</summary>
    public required int? LogProbs { get; init; }

    /// <summary>The form of the answer.</summary>
    public required ResponseFormat Format { get; init; }

    /// <summary>Reads it.</summary>
    public static ChatRequest Read(Fields fields, ModelLimits limits)
    {
        AnswerOptions options = AnswerOptions.Read(fields, limits);
        RefuseWhatWouldChangeTheAnswer(fields);
        fields.Skip("model", "user", "metadata", "store", "service_tier", "parallel_tool_calls", "safety_identifier");
        fields.Skip("prompt_cache_key", "prompt_cache_retention", "verbosity", "reasoning_effort", "prediction");
        int? alternatives = (int?)fields.Whole("top_logprobs", 0, RequestLimits.Alternatives);
        bool hasLogProbs = fields.Flag("logprobs");
        if (alternatives is not null && !hasLogProbs)
            throw ApiException.Invalid("top_logprobs", "The 'top_logprobs' parameter is only allowed when 'logprobs' is true.");
        (IReadOnlyList<ChatMessage> messages, JsonArray? tools) = ConversationReader.Read(fields);
        return new ChatRequest
        {
            Messages = messages,
            Tools = tools,
            TemplateVariables = fields.Object("chat_template_kwargs") is not null
                ? JsonNode.Parse(fields.Any("chat_template_kwargs")!.Value.GetRawText())!.AsObject()
                : null,
            Options = options,
            MaxTokens = Most(fields, limits),
            LogProbs = hasLogProbs ? alternatives ?? 0 : null,
            Format = ResponseFormat.Read(fields),
        };
    }

    // The new name and the old one; where both are given, both hold.
    private static int? Most(Fields fields, ModelLimits limits)
    {
        long? now = fields.Whole("max_completion_tokens", 1, limits.Context);
        long? before = fields.Whole("max_tokens", 1, limits.Context);
        return now is null || before is null ? (int?)(now ?? before) : (int)Math.Min(now.Value, before.Value);
    }

    private static void RefuseWhatWouldChangeTheAnswer(Fields fields)
    {
        foreach (JsonElement kind in fields.List("modalities", 8) ?? [])
        {
            if (kind.ValueKind != JsonValueKind.String || kind.GetString() != "text")
                throw ApiException.Unsupported("modalities", "The models here answer in text alone.");
        }
        foreach (string name in (string[])["audio", "web_search_options", "functions", "function_call"])
        {
            if (fields.Any(name) is not null)
                throw ApiException.Unsupported(
                    name,
                    name.StartsWith("function", StringComparison.Ordinal)
                        ? $"'{name}' is deprecated and not supported; use 'tools' and 'tool_choice'."
                        : $"'{name}' is not supported."
                );
        }
    }
}
