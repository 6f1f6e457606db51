using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>Instructions on words and letters that an answer has, or has not. Keywords are regular expressions.</summary>
internal static class KeywordInstructions
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5); // patterns come from data

    public static bool Existence(InstructionArguments arguments, string answer) =>
        arguments.Texts("keywords").All(word => Pattern(word).IsMatch(answer));

    public static bool Frequency(InstructionArguments arguments, string answer) =>
        arguments.Holds(
            "relation",
            Pattern(PythonCharacters.Strip(arguments.Text("keyword"))).Count(answer),
            arguments.Count("frequency")
        );

    public static bool Forbidden(InstructionArguments arguments, string answer) =>
        arguments
            .Texts("forbidden_words")
            .All(word => !Pattern(word, w => $"{PythonCharacters.Edge}{w}{PythonCharacters.Edge}").IsMatch(answer));

    /// <summary>The original draws a letter at random where the argument is a sign such as "#"; here that sign counts.</summary>
    public static bool LetterFrequency(InstructionArguments arguments, string answer)
    {
        string wanted = PythonCharacters.Strip(arguments.Text("letter")).ToLowerInvariant();
        int found = answer.ToLowerInvariant().EnumerateRunes().Count(r => r.ToString() == wanted);
        return arguments.Holds("let_relation", found, arguments.Count("let_frequency"));
    }

    // A word that is no pattern, "C++" say, stands for itself.
    private static Regex Pattern(string word, Func<string, string>? around = null)
    {
        around ??= w => w;
        try
        {
            return new Regex(around(word), AnyCase, Longest);
        }
        catch (ArgumentException)
        {
            return new Regex(around(Regex.Escape(word)), AnyCase, Longest);
        }
    }
}
