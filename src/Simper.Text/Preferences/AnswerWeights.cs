namespace Simper.Text.Preferences;

/// <summary>
/// The weights of ranked or graded answers, Simper's extension to k answers per prompt (SimPER's paper defines pairs only): those
/// above the middle share +1, those below it -1, so that a prompt counts as much as one with a pair, and two answers are exactly
/// the pair.
/// </summary>
public static class AnswerWeights
{
    /// <summary>
    /// Weights by rank: linear in the answer's place, from +1 for the best to -1 for the worst, then normalised. Only the order
    /// of ranks matters; ties get their mean place. All 0 if all ranks are equal.
    /// </summary>
    /// <param name="ranks">One rank per answer, the lowest the best.</param>
    public static double[] OfRanks(IReadOnlyList<double> ranks)
    {
        double last = ranks.Count - 1;
        // Twice the mean place of rank r: the number of better answers, plus that of better or equal ones, minus one.
        return SharedOut([
            .. ranks.Select(r => last == 0 ? 0 : 1 - (ranks.Count(o => o < r) + ranks.Count(o => o <= r) - 1) / last),
        ]);
    }

    /// <summary>Weights by grade: the grade minus the mean of all, then normalised. All 0 if all grades are equal.</summary>
    /// <param name="grades">One grade per answer, the highest the best.</param>
    public static double[] OfGrades(IReadOnlyList<double> grades)
    {
        // The floating-point mean of equal numbers need not equal them.
        bool isFlat = grades.Distinct().Count() < 2;
        double mean = isFlat ? 0 : grades.Average();
        return SharedOut([.. grades.Select(g => isFlat ? 0 : g - mean)]);
    }

    private static double[] SharedOut(double[] weights)
    {
        double above = weights.Where(w => w > 0).Sum();
        double below = -weights.Where(w => w < 0).Sum();
        return
        [
            .. weights.Select(w =>
                w > 0 ? w / above
                : w < 0 ? w / below
                : 0
            ),
        ];
    }
}
