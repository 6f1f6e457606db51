using System.Globalization;
using System.Text;
using CsCheck;
using Simper.Serving;

namespace Simper.Tests.Serving;

public class NumberRulesTests
{
    private static readonly Gen<decimal> Numbers = Gen.Select(
        Gen.Int[-2000, 2000],
        Gen.Int[0, 3],
        (n, digits) => (decimal)n / (decimal)Math.Pow(10, digits)
    );

    private static bool Accepts(Grammar grammar, string text)
    {
        Grammar.State state = grammar.Start();
        foreach (byte b in Encoding.ASCII.GetBytes(text))
            state = state.After(b);
        return state.IsComplete;
    }

    private static bool Holds(NumberBounds bounds, decimal number) =>
        (bounds.Least is null || (bounds.IsAbove ? number > bounds.Least : number >= bounds.Least))
        && (bounds.Most is null || (bounds.IsBelow ? number < bounds.Most : number <= bounds.Most));

    private static string Text(decimal number) => number.ToString("0.####", CultureInfo.InvariantCulture);

    private static readonly Gen<NumberBounds> Bounds = Gen.Select(
        Numbers.Nullable(),
        Gen.Bool,
        Numbers.Nullable(),
        Gen.Bool,
        (least, isAbove, most, isBelow) =>
            new NumberBounds(least, isAbove && least is not null, most, isBelow && most is not null)
    );

    [Fact]
    public void Whole_numbers_are_those_between_the_bounds()
    {
        Gen.Select(Bounds, Gen.Int[-3000, 3000].Array[40])
            .Sample((bounds, numbers) => Expect(bounds, NumberRules.Integers(bounds), numbers.Select(n => (decimal)n)));
    }

    [Fact]
    public void Numbers_are_those_between_the_bounds()
    {
        Gen.Select(Bounds, Numbers.Array[40])
            .Sample(
                (bounds, numbers) =>
                    Expect(
                        bounds,
                        NumberRules.Numbers(bounds),
                        // The bounds themselves, and what lies beside them.
                        numbers.Concat(
                            new[] { bounds.Least, bounds.Most }
                                .OfType<decimal>()
                                .SelectMany(b => new[] { b, b + 0.0001m, b - 0.0001m })
                        )
                    )
            );
    }

    private static void Expect(NumberBounds bounds, Rule? rule, IEnumerable<decimal> numbers)
    {
        if (rule is null)
        {
            Assert.DoesNotContain(numbers, n => Holds(bounds, n));
            return;
        }
        var grammar = new Grammar(JsonMaskTests.ByteTokens, rule);
        foreach (decimal number in numbers)
            Assert.True(Holds(bounds, number) == Accepts(grammar, Text(number)), $"{Text(number)} and {bounds}");
    }

    [Theory]
    [InlineData("1.50", true)]
    [InlineData("1.5000", true)]
    [InlineData("01.5", false)]
    [InlineData("1.", false)]
    [InlineData("-0", false)]
    [InlineData("2.0", true)]
    [InlineData("2.00001", false)]
    public void Forms_are_those_of_JSON(string text, bool isOne) =>
        Assert.Equal(
            isOne,
            Accepts(new Grammar(JsonMaskTests.ByteTokens, NumberRules.Numbers(new NumberBounds(-3, false, 2, false))!), text)
        );
}
