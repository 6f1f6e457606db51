using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>Why a row teaches nothing, and messages about wrong rows.</summary>
internal static class RowFaults
{
    /// <summary>Ranked answers among which none is better.</summary>
    public const string RankedAlike = "its answers are all ranked alike";

    /// <summary>Whole conversations that differ from their first message on.</summary>
    public const string NoCommonPrompt = "its answers have no prompt in common";

    /// <summary>Why a row is dropped, or null. Other programs keep empty and equal answers.</summary>
    public static string? Of(PreferenceGroup group, Compatibility mode)
    {
        if (group.Weights is { } weights && weights.All(w => w == 0))
            return weights.Count < 2 ? "it has fewer than two answers to rank" : RankedAlike;
        if (mode == Compatibility.Strict && (Empty(group) ?? Equal(group)) is { } fault)
            return fault;
        bool isAsked =
            group.Prompt.Any(m => !MessageRoles.IsSystem(m.Role))
            || (group.Prompt.Count > 0 && group.Answers.All(a => a.Count > 0 && a[0].Role == "assistant"));
        return isAsked ? null
            : group.Answers.Count > 1 ? NoCommonPrompt
            : "it has no prompt";
    }

    /// <summary>Cells that a row has to have and that are empty.</summary>
    public static SimperException Empty(string place, IReadOnlyList<string> columns) =>
        new(
            $"{place}: \"{string.Join("\" and \"", columns)}\" {(columns.Count > 1 ? "are" : "is")} null or NaN; fill "
                + "the row, or take it out."
        );

    /// <summary>A text with a lone surrogate: which column it is in.</summary>
    public static SimperException HalfCharacter(JsonObject row, string place, InvalidOperationException inner)
    {
        string column = row.Select(c => c.Key).FirstOrDefault(k => !IsReadable(row[k])) is { } found ? $"\"{found}\"" : "a text";
        return new SimperException(
            $"{place}: {column} is not valid Unicode, since it holds half of a character (\\ud800 to \\udfff without its "
                + "other half); write the whole one, or take it out.",
            inner
        );
    }

    private static string? Empty(PreferenceGroup group)
    {
        foreach (IReadOnlyList<ChatMessage> answer in group.Answers)
        {
            ChatMessage? spoken = answer.LastOrDefault(m => m.Role == "assistant");
            if (spoken is null)
                return "an answer has no assistant message";
            if (!Conversations.Says(spoken))
                return "an answer is empty";
        }
        return null;
    }

    private static string? Equal(PreferenceGroup group) =>
        group.Answers.Count > 1 && group.Answers.All(a => Conversations.AreEqual(a, group.Answers[0]))
            ? "the answers are equal"
            : null;

    /// <summary>Whether all texts of a value are valid Unicode.</summary>
    public static bool IsReadable(JsonNode? node)
    {
        try
        {
            return node switch
            {
                JsonArray list => list.All(IsReadable),
                JsonObject inner => inner.All(k => IsReadable(k.Value)),
                _ => node is null || node.ToString().Length >= 0,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
