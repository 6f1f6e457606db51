using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>Examines single rows: tokens first, then every check of a row. Thread safe.</summary>
internal sealed class RowExaminer
{
    private readonly GroupTokenizer _tokenizer;
    private readonly IRowCheck[] _checks;

    /// <param name="tokenizer">The model's, with the mode and the lengths of training.</param>
    /// <param name="benchmarks">Items of benchmarks to look for; null for none.</param>
    public RowExaminer(GroupTokenizer tokenizer, BenchmarkIndex? benchmarks = null)
    {
        _tokenizer = tokenizer;
        _checks =
        [
            new AnswerChecks(),
            new LabelChecks(),
            new RoleChecks(),
            new TokenChecks(tokenizer.Model),
            new JoinCheck(tokenizer.Model),
            new TemplateChecks(tokenizer.Options.Compatibility),
            new ToolChecks(),
            new ReasoningChecks(),
            new MarkerChecks(tokenizer.Model.Tokenizer),
            new CharacterChecks(),
            new MarkupChecks(),
            new ScriptChecks(),
            new RepetitionChecks(tokenizer.Model.Tokenizer),
            new EndChecks(),
            .. benchmarks is { Count: > 0 } ? [new ContaminationCheck(benchmarks)] : (IRowCheck[])[],
        ];
    }

    /// <summary>Gives a row its tokens, its facts and its faults; one that could not be read stays as it is.</summary>
    public ExaminedRow Examine(ExaminedRow row)
    {
        if (row.Group is null)
            return row;
        if (row.LeftOut is null)
        {
            try
            {
                row.Tokens = _tokenizer.Tokenize(row.Group);
            }
            catch (SimperException e)
            {
                TemplateChecks.Refuse(row, e);
            }
        }
        row.Facts = RowFacts.Of(row);
        foreach (IRowCheck check in _checks)
            check.Look(row);
        ReadingChecks.LookAtLeftOut(row);
        return row;
    }
}
