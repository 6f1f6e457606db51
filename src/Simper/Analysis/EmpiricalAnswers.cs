namespace Simper.Analysis;

/// <summary>The empirical distribution of given answers, as a model of next tokens.</summary>
public static class EmpiricalAnswers
{
    /// <param name="answers">At least one; each ends with its end token.</param>
    /// <param name="vocabulary">Number of tokens.</param>
    public static NextTokenDistribution Of(IReadOnlyList<IReadOnlyList<int>> answers, int vocabulary) =>
        beginning =>
        {
            var counts = new double[vocabulary];
            foreach (
                IReadOnlyList<int> answer in answers.Where(a =>
                    a.Count > beginning.Count && a.Take(beginning.Count).SequenceEqual(beginning)
                )
            )
                counts[answer[beginning.Count]]++;
            double sum = counts.Sum();
            return sum > 0
                ? Array.ConvertAll(counts, c => c / sum)
                : throw new ArgumentException("No answer begins so.", nameof(beginning));
        };
}
