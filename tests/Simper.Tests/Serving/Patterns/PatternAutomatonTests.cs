using System.Text.RegularExpressions;
using CsCheck;
using Simper.Serving.Patterns;

namespace Simper.Tests.Serving.Patterns;

public class PatternAutomatonTests
{
    private static bool Accepts(PatternAutomaton automaton, string text)
    {
        int state = 0;
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            state = automaton.After(state, rune.Value);
            if (state < 0)
                return false;
        }
        return automaton.Accepts(state);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("^a")]
    [InlineData("a$")]
    [InlineData("^a$")]
    [InlineData("^$")]
    [InlineData("")]
    [InlineData("^ab|b1$")]
    [InlineData("^(ab|b1)$")]
    [InlineData("^(?:a|b)+$")]
    [InlineData("^(?<x>a*)b?$")]
    [InlineData("^a{2}$")]
    [InlineData("^a{2,}b{0,2}$")]
    [InlineData("^(a|ab){1,3}?$")]
    [InlineData("^[a-b]*1$")]
    [InlineData("^[^ab]*$")]
    [InlineData("^[\\d-]+$")]
    [InlineData("^[]$|^[^]a$")]
    [InlineData("^\\w\\W\\d?$")]
    [InlineData("^\\s\\S\\D$")]
    [InlineData("^.{1,2}$")]
    [InlineData("a\\.b")]
    [InlineData("^\\x61\\u0062$")]
    [InlineData("(a*)*b")]
    [InlineData("(^a|1)b(1$|-)")]
    [InlineData("a{,2}")]
    [InlineData("^-?[1b]{1,3}(\\.a+)?$")]
    public void Texts_are_those_of_the_regular_expression(string pattern)
    {
        PatternAutomaton automaton = PatternAutomaton.Of(pattern);
        // .NET's $ also stands before a line's end at the end of the text, and it knows no empty class.
        string other = pattern
            .Replace("$", "(?![^§])", StringComparison.Ordinal)
            .Replace("[]", "[^\\s\\S]", StringComparison.Ordinal)
            .Replace("[^]", "[\\s\\S]", StringComparison.Ordinal);
        var regex = new Regex(other, RegexOptions.ECMAScript);
        Gen.Char["ab1-. \n"]
            .Array[0, 6]
            .Sample(letters => Assert.Equal(regex.IsMatch(new string(letters)), Accepts(automaton, new string(letters))));
    }

    [Theory]
    [InlineData("^\\u{1F600}$", "😀", true)]
    [InlineData("^.$", "😀", true)]
    [InlineData("^.$", "\u2028", false)]
    [InlineData("^[😀-😂]+$", "😁😂", true)]
    [InlineData("^[^a]$", "漢", true)]
    [InlineData("^\\s$", "\ufeff", true)]
    public void Characters_are_Unicode_s(string pattern, string text, bool isOne) =>
        Assert.Equal(isOne, Accepts(PatternAutomaton.Of(pattern), text));

    [Theory]
    [InlineData("(a", "is not closed")]
    [InlineData("a)", "a ) too many")]
    [InlineData("[a", "is not closed")]
    [InlineData("[b-a]", "range")]
    [InlineData("*a", "repeats nothing")]
    [InlineData("a**", "cannot be repeated")]
    [InlineData("^*", "cannot be repeated")]
    [InlineData("a{3,2}", "at least 3 and at most 2")]
    [InlineData("a{5000}", "more than 1000 times")]
    [InlineData("(?=a)b", "looks ahead")]
    [InlineData("(?<!a)b", "looks ahead")]
    [InlineData("(a)\\1", "refers back")]
    [InlineData("\\bword", "\\b")]
    [InlineData("\\p{L}", "property")]
    [InlineData("(?i)a", "kind of group")]
    [InlineData("a\\", "ends with")]
    [InlineData("\\q", "means nothing")]
    [InlineData("\\uD800", "none")]
    [InlineData("a^b", "no text")]
    [InlineData("(a{1000}){1000}", "too large")]
    [InlineData("(a|b)*a(a|b){30}$", "too large")]
    public void What_cannot_be_held_is_said(string pattern, string words) =>
        Assert.Contains(
            words,
            Assert.Throws<FormatException>(() => PatternAutomaton.Of(pattern)).Message,
            StringComparison.Ordinal
        );
}
