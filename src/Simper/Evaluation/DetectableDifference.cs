namespace Simper.Evaluation;

/// <summary>
/// The smallest true difference that an evaluation of this many pairs would detect four times in five (80 % power), tested
/// two-sided at 5 %. A smaller difference that was not found may well exist.
/// </summary>
public static class DetectableDifference
{
    // 97.5 % and 80 % quantiles of the standard normal distribution: how far the observed mean must be from 0, and how far the
    // true one beyond that.
    private const double Normal97And80 = 1.959963984540054 + 0.8416212335729143;

    /// <summary>Of a mean.</summary>
    /// <param name="standardDeviation">Of the averaged values; for two systems on the same pairs, of the paired
    /// differences.</param>
    /// <param name="pairs">How many are averaged.</param>
    public static double OfMean(double standardDeviation, int pairs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(standardDeviation);
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        return Normal97And80 * standardDeviation / Math.Sqrt(pairs);
    }

    /// <summary>
    /// Of a share from a known one (an accuracy from chance, a win rate from one half), before anything is measured: a share of
    /// one half has the largest variance.
    /// </summary>
    public static double OfShare(int pairs) => OfMean(0.5, pairs);

    /// <summary>
    /// Of the shares of two systems from each other, before anything is measured: both one half, and independent of each other.
    /// Similar systems differ on fewer pairs, so smaller differences can be detected.
    /// </summary>
    public static double OfTwoShares(int pairs) => OfMean(Math.Sqrt(0.5), pairs);
}
