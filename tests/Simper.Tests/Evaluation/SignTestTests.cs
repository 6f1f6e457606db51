using System.Numerics;
using Simper.Evaluation;

namespace Simper.Tests.Evaluation;

public class SignTestTests
{
    [Fact]
    public void Small_counts_are_what_coins_give()
    {
        Assert.Equal(1, SignTest.PValue(0, 0), 15);
        Assert.Equal(1, SignTest.PValue(1, 0), 15); // 2 · 1/2
        Assert.Equal(1, SignTest.PValue(7, 7), 15); // the tails overlap
        Assert.Equal(2 / 32.0, SignTest.PValue(5, 0), 15);
        Assert.Equal(2 * (1 + 10) / 1024.0, SignTest.PValue(1, 9), 14); // 2 (C(10,0) + C(10,1)) / 2^10 = 0.0215
        Assert.Equal(SignTest.PValue(9, 1), SignTest.PValue(1, 9), 15);
    }

    [Fact]
    public void Large_counts_are_the_exact_sum_too()
    {
        // 2 Σ C(n, i) / 2^n in whole numbers.
        foreach ((int wins, int losses) in ((int, int)[])[(1100, 900), (2600, 2400), (1990, 10), (3000, 0)])
        {
            (BigInteger sum, BigInteger binomial) = (0, 1);
            for (int i = 0; i <= losses; i++)
            {
                sum += binomial;
                binomial = binomial * (wins + losses - i) / (i + 1);
            }
            double log = BigInteger.Log(sum) + (1 - wins - losses) * Math.Log(2);
            if (log > -700)
                Assert.Equal(log, Math.Log(SignTest.PValue(wins, losses)), 1e-9 * Math.Abs(log));
            else
                Assert.Equal(0, SignTest.PValue(wins, losses)); // below the smallest double
        }
    }

    [Fact]
    public void Equal_systems_are_told_apart_no_oftener_than_stated()
    {
        var random = new Random(5);
        const int trials = 4000;
        int found = 0;
        for (int t = 0; t < trials; t++)
        {
            int wins = Enumerable.Range(0, 60).Count(_ => random.Next(2) == 0);
            found += SignTest.PValue(wins, 60 - wins) <= 0.05 ? 1 : 0;
        }
        // exact tests keep below their level: 22 of 60 is too many, so 2 P(X ≤ 21) = 0.0273
        Assert.InRange(found / (double)trials, 0.02, 0.04);
    }
}
