namespace Simper.Ledgers;

/// <summary>Names as files, options and JSON have them, and what the questions mean.</summary>
public static class LedgerNames
{
    /// <summary>The names of questions.</summary>
    public static IReadOnlyList<(string Name, LedgerQuestion Value)> Questions { get; } =
    [
        ("learned", LedgerQuestion.Learned),
        ("worse", LedgerQuestion.Worse),
        ("always_right", LedgerQuestion.AlwaysRight),
        ("never_right", LedgerQuestion.NeverRight),
        ("mislabelled", LedgerQuestion.Mislabelled),
    ];

    /// <summary>The names of splits.</summary>
    public static IReadOnlyList<(string Name, LedgerSplit Value)> Splits { get; } =
    [("held_out", LedgerSplit.HeldOut), ("train", LedgerSplit.Train)];

    /// <summary>The names of phases.</summary>
    internal static IReadOnlyList<(string Name, LedgerPhase Value)> Phases { get; } =
    [
        ("before", LedgerPhase.Before),
        ("training", LedgerPhase.Training),
        ("between", LedgerPhase.Between),
        ("after", LedgerPhase.After),
    ];

    /// <summary>The name of a question.</summary>
    public static string Of(LedgerQuestion question) => Questions.First(q => q.Value == question).Name;

    /// <summary>The name of a split.</summary>
    public static string Of(LedgerSplit split) => Splits.First(s => s.Value == split).Name;

    /// <summary>The name of a phase.</summary>
    public static string Of(LedgerPhase phase) => Phases.First(p => p.Value == phase).Name;

    /// <summary>A question in words.</summary>
    public static string Words(LedgerQuestion question) =>
        question switch
        {
            LedgerQuestion.AlwaysRight => "always right",
            LedgerQuestion.NeverRight => "never right",
            LedgerQuestion.Mislabelled => "likely mislabelled",
            LedgerQuestion.Worse => "got worse",
            _ => "learned",
        };

    /// <summary>What an answer to it is.</summary>
    public static string Meaning(LedgerQuestion question) =>
        question switch
        {
            LedgerQuestion.Learned => "wrong at first, right at the last",
            LedgerQuestion.Worse => "right at first, wrong at the last",
            LedgerQuestion.AlwaysRight => "right whenever the run looked",
            LedgerQuestion.NeverRight => "wrong whenever the run looked",
            _ => "training moved the model against the label: agreement below 0",
        };
}
