using System.Text.RegularExpressions;
using Simper.Text.Tables.Csv;

namespace Simper.Text.Preferences;

/// <summary>
/// What the cells of a table of texts are read as, by the column: where a layout asks for a label or a score, True and 9.5 are
/// one; everywhere else they are words.
/// </summary>
internal static partial class TableColumns
{
    private static readonly HashSet<string> Values =
    [
        .. RowLabel.Columns,
        .. PairScores.Columns,
        .. RankedRow.Numbers,
        PairScores.Margin,
        "labels",
        "choice",
        "overall_preference",
        "preference_strength",
        "loss_weight",
    ];

    private static readonly HashSet<string> Lists =
    [
        .. RankedRow.Lists.Where(l => l != "output"), // which is also one answer
        "messages",
        "rejected_messages",
        "chosen_messages",
        "conversations",
        "conversation_a",
        "conversation_b",
        "history",
        "tools",
        "functions",
        "summaries",
        "info",
        TemplateArguments.Name,
    ];

    /// <summary>What a column's cells may be.</summary>
    public static CellKind Of(string column) =>
        Values.Contains(column) || NamedValue().IsMatch(column) ? CellKind.Value
        : Lists.Contains(column) ? CellKind.List
        : CellKind.Text;

    // Scores of answers that stand beside each other (SHP's score_A), and whether they are safe (PKU-SafeRLHF).
    [GeneratedRegex(@"^(score_\w|is_response_\d_safe)$")]
    private static partial Regex NamedValue();
}
