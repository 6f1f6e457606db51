using System.Globalization;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Whether the file as a whole has what training needs: rows, prompts, labels of both kinds.</summary>
internal sealed class BalanceChecks(DuplicateChecks rows) : IFileCheck
{
    public static readonly Check OneClass = new(
        "one-class",
        Grade.Error,
        "all labels are the same",
        "KTO and its kin learn from good against bad answers; with one kind they drift.",
        "Add rows of the other label, or train on good answers alone with SFT."
    );

    public static readonly Check Imbalance = new(
        "label-imbalance",
        Grade.Warning,
        "one label is much rarer than the other",
        "The rarer kind hardly counts.",
        "Weight them (KTO: desirable_weight, undesirable_weight, so that weight times count is about the same), or add rows."
    );

    public static readonly Check OnePrompt = new(
        "one-prompt",
        Grade.Warning,
        "all rows have the same prompt",
        "What is learnt holds for this prompt; the column of the prompt may be the wrong one.",
        "Check the columns."
    );

    public static readonly Check Dominant = new(
        "dominant-prompt",
        Grade.Note,
        "one prompt has a large share of the rows",
        "It counts as much as all these rows together.",
        "Fine if that is meant; else take some of its rows out."
    );

    public static readonly Check RepeatedAnswer = new(
        "repeated-answer",
        Grade.Note,
        "one chosen answer is given to many different prompts",
        "A stock answer is learnt by heart, whatever is asked.",
        "Take most of these rows out, or vary the answer."
    );

    public static readonly Check Few = new(
        "few-rows",
        Grade.Note,
        "there are fewer than 100 rows",
        "Figures of so few rows vary widely, and a model learns them by heart.",
        "Fine for a trial."
    );

    public static readonly Check SwappedScores = new(
        "labels-inverted",
        Grade.Error,
        "the data's own scores contradict most labels",
        "Chosen and rejected are swapped: training teaches the opposite of what is meant.",
        "Swap the columns; or the score is one of which less is better."
    );

    public static readonly Check SomeSystem = new(
        "some-system-messages",
        Grade.Note,
        "some rows have a system message and others have none",
        "Templates may write a default one where there is none; what is learnt depends on it.",
        "Fine if that is meant."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [OneClass, Imbalance, SwappedScores, OnePrompt, Dominant, RepeatedAnswer, Few, SomeSystem];

    private const int Rare = 10; // times rarer
    private const int FewestForShares = 50;
    private const int FewestScored = 10;
    private const double Large = 0.2;
    private const int FewestSpaces = 2; // of an answer that is more than a label

    private readonly List<bool> _hasSentence = []; // of each row that is counted, whether its best answer is more than a label
    private long _rows;
    private long _good;
    private long _bad;
    private long _scored;
    private long _against;
    private long _withSystem;

    public void Add(ExaminedRow row, int index)
    {
        _rows++;
        if (row.LeftOut is null)
            _hasSentence.Add(row.TextOf(0).AsSpan().Trim().Count(' ') >= FewestSpaces);
        _withSystem += row.Group!.Prompt is [{ Role: "system" or "developer" }, ..] ? 1 : 0;
        if (row.Kind == AnswerKind.Judged)
            _ = row.Group.Weights![0] > 0 ? _good++ : _bad++;
        if (row.Kind == AnswerKind.Pair && row.Group.Scores is [var chosen, var rejected] && chosen != rejected)
        {
            _scored++;
            _against += chosen < rejected ? 1 : 0;
        }
    }

    public void End(FoundRows found)
    {
        if (_good + _bad > 1 && Math.Min(_good, _bad) == 0)
            found.Say(OneClass, $"all {_good + _bad} labels are {(_good > 0 ? "good (true)" : "bad (false)")}");
        else if (_good + _bad > 0 && Math.Max(_good, _bad) >= Rare * Math.Min(_good, _bad) && Math.Max(_good, _bad) > 1)
            found.Say(Imbalance, string.Create(CultureInfo.InvariantCulture, $"{_good:N0} answers are good and {_bad:N0} bad"));
        if (_scored >= FewestScored && 2 * _against > _scored)
            found.Say(
                SwappedScores,
                $"in {SharePercent.Text(_against, _scored)} of the pairs with scores the rejected answer has the higher one"
            );
        if (_rows is > 0 and < 100)
            found.Say(Few, $"there {(_rows == 1 ? "is" : "are")} {_rows} row{(_rows == 1 ? "" : "s")}");
        if (_withSystem > 0 && _withSystem < _rows)
            found.Say(SomeSystem, $"{SharePercent.Text(_withSystem, _rows)} of the rows have a system message, the others none");
        LookAtPrompts(found, rows.Hashes);
    }

    private void LookAtPrompts(FoundRows found, GroupHashes hashes)
    {
        if (hashes.Count < 5)
            return;
        int[] first = rows.FirstOfPrompt;
        (int prompt, int count) = Largest(first);
        if (count == hashes.Count)
            found.Say(OnePrompt, $"all {count} rows have the same prompt");
        else if (hashes.Count >= FewestForShares && count >= Large * hashes.Count)
            found.Say(
                Dominant,
                $"{SharePercent.Text(count, hashes.Count)} of the rows have the prompt of row {rows.RowOf(prompt).Row}"
            );
        if (count == hashes.Count || hashes.Count < FewestForShares)
            return;
        int[] good = [.. Enumerable.Range(0, hashes.Count).Where(i => _hasSentence[i] && hashes.LevelsOf(i)[0] == 0)];
        int[] answers = Repeats.FirstOf([.. good.Select(i => (UInt128)hashes.AnswersOf(i)[0])]);
        if (answers.Length == 0)
            return;
        (int answer, int times) = Largest(answers);
        int prompts = Enumerable
            .Range(0, good.Length)
            .Where(i => answers[i] == answer)
            .Select(i => first[good[i]])
            .Distinct()
            .Count();
        if (prompts >= Math.Max(FewestForShares / 5, Large / 2 * hashes.Count))
            found.Say(
                RepeatedAnswer,
                $"{times} rows of {prompts} different prompts have the chosen answer of row {rows.RowOf(good[answer]).Row}",
                prompts >= Large * hashes.Count ? Grade.Warning : Grade.Note
            );
    }

    private static (int First, int Count) Largest(int[] firstOf)
    {
        var counts = new int[firstOf.Length];
        foreach (int first in firstOf)
            counts[first]++;
        int largest = Array.IndexOf(counts, counts.Max());
        return (largest, counts[largest]);
    }
}
