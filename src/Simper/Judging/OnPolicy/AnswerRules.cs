using Simper.Benchmarks.Mathematics;
using Simper.Runs;
using Simper.Text.Templates;

namespace Simper.Judging.OnPolicy;

/// <summary>The rules by which answers are scored without a judge, by the words that ask for them.</summary>
public static class AnswerRules
{
    private static readonly Dictionary<string, Func<string, string, IAnswerScorer>> ByKind = new(StringComparer.Ordinal)
    {
        ["length"] = (name, range) => OfLength(name, range, Characters),
        ["words"] = (name, range) => OfLength(name, range, Words),
        ["regex"] = OfPattern,
        ["exact"] = (name, column) => OfGold(name, column, (answer, gold) => GoldColumn.Plain(answer) == GoldColumn.Plain(gold)),
        ["contains"] = (name, column) =>
            OfGold(name, column, (answer, gold) => GoldColumn.Holds(GoldColumn.Plain(answer), GoldColumn.Plain(gold))),
        ["math"] = (name, column) => OfGold(name, column, MathVerdicts.Verified),
        ["ifeval"] = OfInstructions,
    };

    /// <summary>The kinds, which stand before the colon.</summary>
    public static IReadOnlyCollection<string> Kinds => ByKind.Keys;

    /// <summary>The rule of a word such as <c>length:40..80</c>.</summary>
    /// <exception cref="SimperException">There is no such rule, or what follows its colon is wrong.</exception>
    public static IAnswerScorer Parse(string rule)
    {
        int colon = rule.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? rule : rule[..colon];
        string argument = colon < 0 ? "" : rule[(colon + 1)..];
        return ByKind.TryGetValue(kind, out Func<string, string, IAnswerScorer>? make)
            ? make(rule, argument)
            : throw new SimperException(
                $"--score {rule}: {kind} is no rule"
                    + NearestName.Question(kind, Kinds, $"; known are {string.Join(", ", Kinds)}.")
            );
    }

    private static AnswerRule OfLength(string name, string range, Func<string, int> length)
    {
        var wanted = LengthRange.Parse(range, name);
        return new AnswerRule(name, (_, answer) => wanted.Score(length(answer)));
    }

    private static AnswerRule OfGold(string name, string column, Func<string, string, bool> isRight)
    {
        if (column.Length == 0)
            throw new SimperException($"--score {name} names no column; write the one with the right answers, as exact:gold.");
        var golds = new GoldColumn(name, column);
        return new AnswerRule(
            name,
            (prompt, answer) => golds.Of(prompt).Any(gold => isRight(answer, gold)) ? 1 : 0,
            prompt => golds.Of(prompt)
        );
    }

    private static AnswerRule OfInstructions(string name, string argument) =>
        argument.Length == 0
            ? new AnswerRule(name, RowInstructions.Score, RowInstructions.Expect)
            : throw new SimperException(
                $"--score {name}: ifeval takes nothing behind a colon; the instructions are in the rows."
            );

    private static AnswerRule OfPattern(string name, string pattern)
    {
        if (pattern.Length == 0)
            throw new SimperException("--score regex: gives no pattern; write one behind the colon, as regex:^Yes.");
        var regex = new PythonRegex(pattern);
        return new AnswerRule(name, (_, answer) => regex.IsFoundIn(answer) ? 1 : 0);
    }

    // Code points, as Python counts; white space around an answer is not written to be read.
    private static int Characters(string answer) => PythonCharacters.Length(answer.Trim());

    private static int Words(string answer) => answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
