using System.Globalization;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor.Checks;

/// <summary>Labels against the data's own scores, and against the answers' texts.</summary>
internal sealed class LabelChecks : IRowCheck
{
    public static readonly Check Against = new(
        "score-against-label",
        Grade.Warning,
        "the data's own score of the rejected answer is higher than that of the chosen one",
        "The label contradicts what it was made from: chosen and rejected may be swapped.",
        "Swap the answers, or find out which column is right."
    );

    public static readonly Check Tie = new(
        "score-tie",
        Grade.Note,
        "the data's own scores of both answers are the same",
        "Which one is chosen is chance, and half of what is learnt of such rows is wrong.",
        "Take the row out, or lower its weight."
    );

    public static readonly Check RankedAlike = new(
        "ranked-alike",
        Grade.Warning,
        "all answers of the row have the same grade or rank",
        "Nothing is preferred; the row is dropped.",
        "Take the row out."
    );

    public static readonly Check Refusal = new(
        "refusal-chosen",
        Grade.Note,
        "the chosen answer refuses and the rejected one helps",
        "Right for harmful requests. Where the request is harmless, the labels may be swapped.",
        "Look at the rows."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Against, Tie, RankedAlike, Refusal];

    public void Look(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        if (row.LeftOut == RowFaults.RankedAlike)
            row.Add(RankedAlike, "");
        if (row.Kind != AnswerKind.Pair)
            return;
        if (group.Scores is [var chosen, var rejected])
        {
            string figures = string.Create(CultureInfo.InvariantCulture, $"chosen {chosen:G6}, rejected {rejected:G6}");
            if (chosen < rejected)
                row.Add(Against, figures);
            else if (chosen == rejected)
                row.Add(Tie, figures);
        }
        else if (group.Margin is { } margin && margin <= 0)
            row.Add(margin < 0 ? Against : Tie, string.Create(CultureInfo.InvariantCulture, $"margin {margin:G6}"));
        if (row.Facts.Traits is [var first, var second] && first.HasFlag(Traits.Refuses) && !second.HasFlag(Traits.Refuses))
            row.Add(Refusal, "");
    }
}
