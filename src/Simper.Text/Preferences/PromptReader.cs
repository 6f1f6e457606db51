using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>Reads the prompt of a file's rows, whatever layout each of them has. Immutable, thread safe.</summary>
internal sealed class PromptReader
{
    private readonly DatasetOptions _options;
    private readonly IReadOnlyList<RowLayout> _layouts;
    private readonly FileColumns _columns;

    private PromptReader(DatasetOptions options, FileColumns columns) =>
        (_options, _layouts, _columns) = (options, RowLayouts.In(options.Compatibility, options.Columns), columns);

    /// <summary>Learns from a file's first rows how they are to be read.</summary>
    /// <exception cref="SimperException">No row is JSON, or columns are renamed that are not there.</exception>
    public static PromptReader Of(IReadOnlyList<RowReader.RawRow> rows, string file, DatasetOptions options) =>
        new(options, FileColumns.Of(rows, file, options, out _));

    /// <summary>The prompt of a row; null if it has none.</summary>
    /// <param name="columns">The row as it is in the file.</param>
    /// <param name="number">Its number.</param>
    /// <param name="place">Its file and line.</param>
    /// <exception cref="SimperException">It has no column with a prompt, or something else in it.</exception>
    public DataPrompt? Read(JsonObject columns, int number, string place)
    {
        try
        {
            JsonObject row = columns.DeepClone().AsObject();
            _columns.Read(row);
            NullPadding.Remove(row);
            RowLayout? layout = _layouts.FirstOrDefault(l => l.Fits(row));
            bool isPromptAlone = layout is null || (IsConversation(layout) && EndsInQuestion(row));
            (IReadOnlyList<ChatMessage> messages, JsonArray? tools) = isPromptAlone
                ? OfPrompt(PromptRow.Read(row, place))
                : OfGroup(layout!.Group(new Row(row, number, place, _options)));
            return messages.All(m => MessageRoles.IsSystem(m.Role) || !Conversations.Says(m))
                ? null
                : new DataPrompt(0, messages, columns)
                {
                    Tools = tools,
                    TemplateVariables = TemplateArguments.OfRow(row, place),
                    Row = number,
                    Place = place,
                };
        }
        catch (InvalidOperationException e)
        {
            throw RowFaults.HalfCharacter(columns, place, e);
        }
    }

    private static (IReadOnlyList<ChatMessage>, JsonArray?) OfPrompt(PromptRow row) => (row.Messages, row.Tools);

    private static (IReadOnlyList<ChatMessage>, JsonArray?) OfGroup(PreferenceGroup group) => (group.Prompt, group.Tools);

    private static bool IsConversation(RowLayout layout) => layout.Needs.Count == 1 || layout.IsUnpaired;

    // A conversation that the assistant has not answered yet is a prompt as it stands; else its last answer is passed over.
    private static bool EndsInQuestion(JsonObject row) =>
        (row["messages"] ?? row["conversations"]) is JsonArray { Count: > 0 } turns
        && turns[^1] is JsonObject last
        && MessageRoles.Of(last) is "user" or "tool";
}
