using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>Reads the prompt of a file's rows, whatever layout each of them has. Immutable, thread safe.</summary>
internal sealed class PromptReader
{
    private readonly DatasetOptions _options;
    private readonly IReadOnlyList<RowLayout> _layouts;
    private readonly IReadOnlyList<string> _lists; // columns of messages in texts

    private PromptReader(DatasetOptions options, IReadOnlyList<string> lists) =>
        (_options, _layouts, _lists) = (options, RowLayouts.In(options.Compatibility, options.Columns), lists);

    /// <summary>Learns from a file's first rows how they are to be read.</summary>
    /// <exception cref="SimperException">Columns are renamed that are not there.</exception>
    public static PromptReader Of(IReadOnlyList<RowReader.RawRow> rows, string file, DatasetOptions options)
    {
        (JsonObject Row, string Place)[] sample = [.. Parsed(rows, file)];
        if (sample.Length > 0)
            options.Columns.Expect([.. sample.Select(s => s.Row)], file);
        foreach ((JsonObject row, _) in sample)
            options.Columns.Rename(row);
        return new PromptReader(options, MessageTexts.In(sample));
    }

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
            _options.Columns.Rename(row);
            MessageTexts.Read(row, _lists);
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

    // What is no JSON is reported when its turn comes.
    private static IEnumerable<(JsonObject, string)> Parsed(IReadOnlyList<RowReader.RawRow> rows, string file)
    {
        foreach (RowReader.RawRow raw in rows)
        {
            string place = RowReader.Place(file, raw.Row, raw.Unit);
            JsonObject? row = null;
            try
            {
                row = RowJson.Parse(raw.Utf8, place);
            }
            catch (SimperException) { }
            if (row is not null)
                yield return (row, place);
        }
    }

    private static (IReadOnlyList<ChatMessage>, JsonArray?) OfPrompt(PromptRow row) => (row.Messages, row.Tools);

    private static (IReadOnlyList<ChatMessage>, JsonArray?) OfGroup(PreferenceGroup group) => (group.Prompt, group.Tools);

    private static bool IsConversation(RowLayout layout) => layout.Needs.Count == 1 || layout.IsUnpaired;

    // A conversation that the assistant has not answered yet is a prompt as it stands; else its last answer is passed over.
    private static bool EndsInQuestion(JsonObject row) =>
        (row["messages"] ?? row["conversations"]) is JsonArray { Count: > 0 } turns
        && turns[^1] is JsonObject last
        && (last["role"] ?? last["from"]) is JsonValue role
        && role.TryGetValue(out string? name)
        && MessageRoles.Known(name) is "user" or "tool";
}
