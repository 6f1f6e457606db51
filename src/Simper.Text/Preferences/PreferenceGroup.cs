using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// One prompt with its answers, best first: a pair has two, supervised data one, ranked data more. Immutable.
/// </summary>
public sealed record PreferenceGroup
{
    /// <summary>The conversation before the answers. For a row of plain texts: one user message, or none.</summary>
    public required IReadOnlyList<ChatMessage> Prompt { get; init; }

    /// <summary>The answers (TRL: completions), the chosen first; each usually one assistant message, or several turns.</summary>
    public required IReadOnlyList<IReadOnlyList<ChatMessage>> Answers { get; init; }

    /// <summary>
    /// The weight of each answer: 1 for a chosen one, -1 for a rejected one, in between for ranked or graded ones. Null if the
    /// first is chosen and any other rejected. Ranked or graded lists, and judged single answers, are Simper's extension for
    /// objectives that are sums over answers; SimPER's paper defines pairs only.
    /// </summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>
    /// The score of each answer as the data give it, higher is better; null where they give none. Of pairs it is information
    /// only: which answer is chosen and how much the pair weighs do not depend on it.
    /// </summary>
    public IReadOnlyList<double>? Scores { get; init; }

    /// <summary>The rank of each answer as the data give it, lower is better; null where they give none.</summary>
    public IReadOnlyList<double>? Ranks { get; init; }

    /// <summary>
    /// How much better the first answer is than the second, in the data's own unit; null where they do not say.
    /// </summary>
    public double? Margin { get; init; }

    /// <summary>Whether the row had plain texts instead of messages.</summary>
    public bool IsText { get; init; }

    /// <summary>The tools available to the conversation, in the form of templates.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>
    /// The row's own variables of the chat template (its column <c>chat_template_kwargs</c>); they override the recipe's.
    /// </summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>Whether keys with null in tools, calls or template arguments were removed from the row.</summary>
    internal bool HadNullKeys { get; init; }

    /// <summary>Row of the file, from 1.</summary>
    public int Row { get; init; }

    /// <summary>The row's location, for messages: file and line.</summary>
    public string Place { get; init; } = "";
}
