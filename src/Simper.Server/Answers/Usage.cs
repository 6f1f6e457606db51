using System.Text.Json;

namespace Simper.Server.Answers;

/// <summary>Numbers of tokens, as clients are told.</summary>
/// <param name="Prompt">Of all prompts.</param>
/// <param name="Cached">Those of them that were not computed again.</param>
/// <param name="Completion">Of all answers, without the tokens that ended them.</param>
internal readonly record struct Usage(int Prompt, int Cached, int Completion)
{
    /// <summary>Of a request so far.</summary>
    public static Usage Of(AnswerRun run) => new(run.PromptTokens, run.CachedTokens, run.AnswerTokens);

    /// <summary>Writes the property <c>usage</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", Prompt);
        json.WriteNumber("completion_tokens", Completion);
        json.WriteNumber("total_tokens", Prompt + Completion);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", Cached);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
