namespace Simper.Evaluation;

/// <summary>
/// The smallest true difference that an evaluation of so many pairs would find four times in five (80 % power), tested at 5 %,
/// two-sided. What is smaller than this and was not found may well be there.
/// </summary>
public static class DetectableDifference
{
    // 97.5 % and 80 % points of the standard normal distribution: how far the mean has to lie, and how far behind that the truth.
    private const double Normal97And80 = 1.959963984540054 + 0.8416212335729143;

    /// <summary>Of a mean.</summary>
    /// <param name="standardDeviation">Of what is averaged; for two systems on the same pairs, of the differences pair by
    /// pair.</param>
    /// <param name="pairs">How many are averaged.</param>
    public static double OfMean(double standardDeviation, int pairs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(standardDeviation);
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        return Normal97And80 * standardDeviation / Math.Sqrt(pairs);
    }

    /// <summary>
    /// Of a share from a known one (an accuracy from chance, a win rate from one half), before anything is measured: a share of
    /// one half varies most.
    /// </summary>
    public static double OfShare(int pairs) => OfMean(0.5, pairs);

    /// <summary>
    /// Of the shares of two systems from each other, before anything is measured: both one half, and right or wrong on the same
    /// pairs no oftener than by chance. Systems that resemble each other differ on fewer pairs, and less can be found.
    /// </summary>
    public static double OfTwoShares(int pairs) => OfMean(Math.Sqrt(0.5), pairs);
}
