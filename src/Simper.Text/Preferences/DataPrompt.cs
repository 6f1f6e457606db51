using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>A prompt of a data file, to be answered by a model.</summary>
/// <param name="Index">Its place among the file's prompts, from 0.</param>
/// <param name="Messages">The conversation so far, at least one message; for a text one of the user's.</param>
/// <param name="Columns">The row as it was read, with whatever else it has.</param>
public sealed record DataPrompt(int Index, IReadOnlyList<ChatMessage> Messages, JsonObject Columns)
{
    /// <summary>The tools passed to the template.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>The row's own variables of the chat template.</summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>The row's number in its file, from 1.</summary>
    public required int Row { get; init; }

    /// <summary>The row's location, for messages: file and line.</summary>
    public required string Place { get; init; }
}
