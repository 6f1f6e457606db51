using MathNet.Numerics;

namespace Simper.Evaluation;

/// <summary>
/// The exact two-sided sign test: the probability of wins and losses at least this uneven if each were a fair coin flip. Ties are
/// left out. Applied to the right and wrong answers of two systems it is McNemar's exact test, over the pairs that only one of
/// them got right.
/// </summary>
public static class SignTest
{
    /// <summary>
    /// The p-value, in (0, 1]; 1 where there are neither wins nor losses. Exact for any number of pairs: a sum, no approximation.
    /// </summary>
    public static double PValue(int wins, int losses)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wins);
        ArgumentOutOfRangeException.ThrowIfNegative(losses);
        int trials = checked(wins + losses);
        int rarer = Math.Min(wins, losses);
        // From the largest term of the tail downwards, relative to it: the terms themselves underflow from about 1,000 trials on.
        double tail = 0;
        double term = 1;
        for (int k = rarer; k >= 0 && term > 0; k--)
        {
            tail += term;
            term *= k / (trials - k + 1.0);
        }
        double logLargest = SpecialFunctions.BinomialLn(trials, rarer) - trials * Constants.Ln2;
        return Math.Min(1, 2 * tail * Math.Exp(logLargest)); // the two tails overlap where wins and losses are equal
    }
}
