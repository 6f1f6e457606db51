using System.Globalization;
using Simper.Text.Preferences;
using Simper.Text.Tokenization;

namespace Simper.Text.Doctor.Checks;

/// <summary>Answers that loop.</summary>
internal sealed class RepetitionChecks(Tokenizer tokenizer) : IRowCheck
{
    public static readonly Check Loops = new(
        "looping-answer",
        Grade.Warning,
        "a chosen answer repeats the same words over and over",
        "The model learns to loop.",
        "Take the row out."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Loops];

    private const int LongestPeriod = 32; // tokens
    private const int FewestTokens = 80;
    private const int FewestTimes = 6;

    public void Look(ExaminedRow row)
    {
        if (row.Tokens?.Group is not { } group)
            return;
        for (int a = 0; a < group.Answers.Length; a++)
        {
            // Rejected answers may loop: that is why they are.
            if (group.WeightOf(a) <= 0 || group.Answers[a].Ids.Length < FewestTokens)
                continue;
            if (Loop(group.Answers[a].Ids) is var (start, period, length) && HasWord(group.Answers[a].Ids.AsSpan(start, period)))
                row.Add(
                    Loops,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.NameOf(a)}: {length / period} times "
                            + $"\"{tokenizer.Decode(group.Answers[a].Ids.AsSpan(start, period))}\""
                    )
                );
        }
    }

    // The first run of tokens that repeats with some period for long.
    private static (int Start, int Period, int Length)? Loop(int[] ids)
    {
        for (int period = 1; period <= LongestPeriod; period++)
        {
            int run = 0;
            for (int i = period; i < ids.Length; i++)
            {
                run = ids[i] == ids[i - period] ? run + 1 : 0;
                if (run + period >= FewestTokens && run + period >= FewestTimes * period)
                {
                    int start = i - run - period + 1;
                    while (i + 1 < ids.Length && ids[i + 1] == ids[i + 1 - period])
                        i++;
                    return (start, period, i - start + 1);
                }
            }
        }
        return null;
    }

    // Rules, tables and blank paper repeat on purpose.
    private bool HasWord(ReadOnlySpan<int> ids) => tokenizer.Decode(ids).Count(char.IsLetter) >= 3;
}
