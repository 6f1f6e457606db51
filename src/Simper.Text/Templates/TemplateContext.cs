using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>What a template gets beside the messages.</summary>
public sealed record TemplateContext
{
    /// <summary>Whether the text ends where the assistant begins to speak (<c>add_generation_prompt</c>).</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary><c>bos_token</c>; null if the tokenizer has none.</summary>
    public string? BosToken { get; init; }

    /// <summary><c>eos_token</c>; null if the tokenizer has none.</summary>
    public string? EosToken { get; init; }

    /// <summary>Tools that the model may call, as in the row.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>Additional variables (<c>chat_template_kwargs</c>).</summary>
    public JsonObject? Variables { get; init; }

    /// <summary>The row's own variables, which override <see cref="Variables"/>.</summary>
    public JsonObject? RowVariables { get; init; }

    /// <summary>The clock of <c>strftime_now</c>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
