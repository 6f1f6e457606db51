using Simper.Text.Doctor.Checks;

namespace Simper.Text.Doctor;

/// <summary>All checks.</summary>
public static class CheckList
{
    /// <summary>The checks, in the order of reports: reading, answers, labels, repetitions, turns, tokens, texts.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        .. ReadingChecks.All,
        .. AnswerChecks.All,
        .. LabelChecks.All,
        .. BalanceChecks.All,
        .. DuplicateChecks.All,
        .. LeakCheck.All,
        .. ContaminationCheck.All,
        .. RoleChecks.All,
        .. TokenChecks.All,
        .. JoinCheck.All,
        .. TemplateChecks.All,
        .. ToolChecks.All,
        .. ReasoningChecks.All,
        .. MarkerChecks.All,
        .. CharacterChecks.All,
        .. NormalFormCheck.All,
        .. MarkupChecks.All,
        .. ScriptChecks.All,
        .. RepetitionChecks.All,
        .. EndChecks.All,
        .. LengthBias.All,
        .. GiveawayCheck.All,
        .. ColumnChecks.All,
    ];
}
