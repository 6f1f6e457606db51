using Simper.Text.Preferences;

namespace Simper.Text.Doctor.Checks;

/// <summary>Rows that cannot be read at all: training would stop at the first.</summary>
internal static class ReadingChecks
{
    public static readonly Check NotJson = new(
        "not-json",
        Grade.Error,
        "the line is not a JSON object",
        "Training stops at the first such row.",
        "Write the row again with a JSON library, or take it out."
    )
    {
        IsMended = true,
    };

    public static readonly Check Refused = new(
        "unreadable-row",
        Grade.Error,
        "the row has no meaning that is known",
        "Training stops at the first such row.",
        "Give it the columns and types that its sentence asks for, or take it out."
    )
    {
        IsMended = true,
    };

    public static readonly Check AnotherLayout = new(
        "another-layout",
        Grade.Error,
        "the row is of another layout than most of the file",
        "A file has one layout; training stops at the first row of another.",
        "Write rows of each layout into a file of their own."
    );

    public static readonly Check NoCommonPrompt = new(
        "no-common-prompt",
        Grade.Warning,
        "the answers are whole conversations that differ from their first message on",
        "They answer different questions: nothing can be preferred. The row is dropped.",
        "Pair conversations that begin alike, or take the row out."
    );

    public static readonly Check LeftOut = new(
        "left-out",
        Grade.Warning,
        "the row is left out of training",
        "What it teaches is lost.",
        "Mend it as its reason says, or take it out."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [NotJson, Refused, AnotherLayout, NoCommonPrompt, LeftOut];

    /// <summary>Adds why a row is left out, where no other check has said it.</summary>
    public static void LookAtLeftOut(ExaminedRow row)
    {
        string? reason = row.LeftOut ?? row.Tokens?.Drop?.Reason;
        if (reason is null)
            return;
        if (reason == RowFaults.NoCommonPrompt)
            row.Add(NoCommonPrompt, "");
        else if (!row.Faults.Any(f => f.Check.Grade >= Grade.Warning))
            row.Add(LeftOut, reason);
    }
}
