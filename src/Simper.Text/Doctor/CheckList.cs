using Simper.Text.Doctor.Checks;

namespace Simper.Text.Doctor;

/// <summary>All checks.</summary>
public static class CheckList
{
    /// <summary>The checks, in the order of reports: reading, answers, turns, tokens, the template, ...</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        .. ReadingChecks.All,
        .. AnswerChecks.All,
        .. RoleChecks.All,
        .. TokenChecks.All,
        .. TemplateChecks.All,
        .. MarkerChecks.All,
        .. CharacterChecks.All,
        .. MarkupChecks.All,
        .. ScriptChecks.All,
    ];
}
