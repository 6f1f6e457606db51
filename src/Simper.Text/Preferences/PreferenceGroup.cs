using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// One prompt with its answers, best first: a pair has two, supervised data one, ranked data more. Immutable.
/// </summary>
public sealed record PreferenceGroup
{
    /// <summary>The conversation before the answers. Of a row of plain texts: one user message, or none.</summary>
    public required IReadOnlyList<ChatMessage> Prompt { get; init; }

    /// <summary>The answers, the chosen first; each mostly one assistant message, or several turns.</summary>
    public required IReadOnlyList<IReadOnlyList<ChatMessage>> Answers { get; init; }

    /// <summary>
    /// How good each answer is: 1 for a chosen one, -1 for a rejected one, between them where answers are ranked or graded. Null
    /// where the first is chosen and any other rejected. That more than two answers are ranked or graded, and a single one
    /// judged, is Simper's extension for objectives that are sums over answers; SimPER's paper defines pairs only.
    /// </summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>Whether the row held plain texts rather than messages.</summary>
    public bool IsText { get; init; }

    /// <summary>The tools that the conversation may call, as templates take them.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>
    /// Variables of the chat template that the row has itself (its column <c>chat_template_kwargs</c>); they count before those
    /// of the recipe.
    /// </summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>Whether the row had keys of null in tools, calls or template arguments, which were left out.</summary>
    internal bool HadNullKeys { get; init; }

    /// <summary>Row of the file, from 1.</summary>
    public int Row { get; init; }

    /// <summary>Where the row stands, for messages: file and line.</summary>
    public string Place { get; init; } = "";
}
