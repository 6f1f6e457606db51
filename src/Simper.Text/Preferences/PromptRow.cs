using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>A row to be answered: a prompt as text or messages, read like preference data.</summary>
/// <param name="Messages">The conversation so far.</param>
/// <param name="Tools">The tools passed to the template.</param>
public sealed record PromptRow(IReadOnlyList<ChatMessage> Messages, JsonArray? Tools)
{
    private static readonly string[] Columns = ["prompt", "messages", "conversations", "instruction", "question"];

    /// <summary>Whether an object has a column of such a row.</summary>
    public static bool IsLike(JsonObject json) => Columns.Any(json.ContainsKey);

    /// <summary>Reads a row.</summary>
    /// <param name="json">An object with a prompt (a text or a list of messages), messages, conversations, an instruction or a
    /// question; a text "system" comes first.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <param name="mayEndInAnswer">Whether the last message may be the assistant's, after which it speaks again.</param>
    /// <exception cref="SimperException">None of these is there, one has another form, or its last message is already an
    /// answer.</exception>
    public static PromptRow Read(JsonObject json, string place, bool mayEndInAnswer = false)
    {
        var row = new Row(json, 1, place, new DatasetOptions());
        string column =
            Columns.FirstOrDefault(json.ContainsKey)
            ?? throw new SimperException(
                $"{place}: there is no prompt; give the row \"prompt\", a text or a list of messages, or \"messages\"."
            );
        List<ChatMessage> messages = column switch
        {
            "prompt" or "instruction" or "question" => row.Prompt(column),
            _ => row.Messages(column),
        };
        PreferenceGroup read = row.Single(messages, [], isText: false);
        if (read.Prompt.Count == 0)
            throw row.Wrong(column, "have a message");
        return mayEndInAnswer || read.Prompt[^1].Role != "assistant"
            ? new PromptRow(read.Prompt, read.Tools)
            : throw new SimperException(
                $"{place}: the last message of \"{column}\" is the assistant's, so that there is nothing to answer; leave it out."
            );
    }
}
