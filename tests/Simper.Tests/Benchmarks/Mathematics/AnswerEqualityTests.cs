using Simper.Benchmarks.Mathematics;

namespace Simper.Tests.Benchmarks.Mathematics;

public class AnswerEqualityTests
{
    [Theory]
    [InlineData(@"\frac{3}{4}", "0.75", true)]
    [InlineData(@"\frac{1}{3}", "0.333333", true)]
    [InlineData(@"\frac{1}{3}", "0.33", false)]
    [InlineData(@"3\frac{1}{2}", @"\frac72", true)]
    [InlineData(@"\sqrt{12}", @"2\sqrt3", true)]
    [InlineData(@"\frac{1}{\sqrt{2}+1}", @"\sqrt{2}-1", true)]
    [InlineData(@"(x-1)(x^2+x+1)", @"x^3-1", true)]
    [InlineData(@"(x-1)^2", @"x^2-1", false)]
    [InlineData(@"\sin^2 x+\cos^2 x", "1", true)]
    [InlineData("12345678901234567890", "12345678901234567891", false)]
    [InlineData(@"25\%", @"25 \%", true)]
    [InlineData("25", @"25\%", true)]
    [InlineData(@"\{3, 1, 2\}", "1,2,3", true)]
    [InlineData("(1,2,3)", "(1,3,2)", false)]
    [InlineData("[0,1)", @"[0, \frac22)", true)]
    [InlineData("[0,1)", "(0,1)", false)]
    [InlineData(@"(-\infty,1)\cup(2,\infty)", @"(2,\infty)\cup(-\infty,1)", true)]
    [InlineData("2x+4y=6", "x+2y=3", true)]
    [InlineData("2x+4y=6", "x+2y=4", false)]
    [InlineData("1<x<3", "(1,3)", true)]
    [InlineData("1<x<3", "3>x>1", true)]
    [InlineData(@"x\le3", @"-x\geq-3", true)]
    [InlineData("x=2,y=3", "y=3,x=2", true)]
    [InlineData("x=2", "2", true)]
    [InlineData("x=2", "y=2", false)]
    [InlineData(@"1\pm\sqrt2", @"1-\sqrt2,1+\sqrt2", true)]
    [InlineData(@"\begin{pmatrix}1&2\\3&4\end{pmatrix}", @"\begin{bmatrix}1&\frac42\\3&4\end{bmatrix}", true)]
    [InlineData(@"\begin{pmatrix}1&2\end{pmatrix}", @"\begin{pmatrix}1\\2\end{pmatrix}", false)]
    [InlineData(@"\text{Evelyn}", "evelyn", true)]
    [InlineData(@"\text{(B)}", "B", true)]
    [InlineData("7!", "5040", true)]
    [InlineData(@"\binom{6}{3}", "20", true)]
    [InlineData(@"|3-5|", "2", true)]
    [InlineData("1{,}234{,}567", "1234567", true)]
    [InlineData(@"15\text{ cm}^2", "15", true)]
    [InlineData(@"2^{100}", "1267650600228229401496703205376", true)]
    public void Two_notations_of_a_value_are_equal(string right, string found, bool expected) =>
        Assert.Equal(expected, MathVerdicts.Verified($"So ${found}$.", $@"Hence $\boxed{{{right}}}$."));

    [Theory]
    [InlineData("We have $x = 2$ or so. The answer is 5.", "5")]
    [InlineData("The final answer is $7$. I hope it is correct. Also $8$.", "7")]
    [InlineData(@"First \boxed{1} and then \boxed{2}", "1,2")]
    [InlineData(@"\[ y = \boxed{3} \] but $4$", "3")]
    [InlineData("It costs $1,200 in all", "1200")]
    [InlineData("2 and then 3/4.", @"\frac34")]
    [InlineData("The answers are $1$, $2$ and $3$.", "1,2,3")]
    public void The_answer_is_found_where_it_stands(string text, string right) =>
        Assert.True(MathVerdicts.Verified(text, $@"$\boxed{{{right}}}$"));

    [Theory]
    [InlineData(@"\frac{17}{18", "1")]
    [InlineData("((((((((((", "1")]
    [InlineData(@"\frac{1}{0}", "1")]
    [InlineData(@"\begin{pmatrix}1", "1")]
    [InlineData("0^0^0^0^{-1}", "5")]
    [InlineData("9^{9^{9^{9}}}", "5")]
    [InlineData("100000!", "5")]
    public void What_cannot_be_read_is_not_right(string found, string right) =>
        Assert.False(MathVerdicts.Verified($"${found}$", $@"$\boxed{{{right}}}$"));

    [Fact]
    public void Long_and_deep_texts_end()
    {
        string deep = new('(', 100_000);
        Assert.False(MathVerdicts.Verified($"${deep}$", @"$\boxed{1}$"));
        Assert.False(SimplifiedEquality.Holds(deep, "1"));
        Assert.False(SimplifiedEquality.Holds(string.Concat(Enumerable.Repeat("1+", 100_000)) + "1", "2"));
        Assert.False(SimplifiedEquality.Holds(string.Concat(Enumerable.Repeat("-", 100_000)) + "1", "2"));
    }

    [Theory]
    [InlineData("0.5", @"\frac{1}{2}", true)]
    [InlineData(".5", @"\frac{1}{2}", false)]
    [InlineData("19,44", "19,43", true)] // what stands behind the comma is not reached
    [InlineData("(1,2)", "(1,2)", false)]
    [InlineData(@"\sqrt{x^2}", "x", false)]
    [InlineData(@"\frac{x^2-1}{x-1}", "x+1", true)]
    [InlineData(@"\log_28", "3", true)]
    [InlineData("f(x)", "f(y)", false)]
    [InlineData(@"\pi", "3.14159", false)]
    public void Sympy_s_reading_is_followed(string first, string second, bool expected) =>
        Assert.Equal(expected, SimplifiedEquality.Holds(first, second));
}
