using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Judging.Comparison;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Judging.OnPolicy;

/// <summary>Has a judge rate each answer by itself, from 1 to 10.</summary>
public sealed partial class JudgeRating : IAnswerScorer
{
    /// <summary>The word that asks for it.</summary>
    public const string Kind = "judge";

    /// <summary>
    /// What a judge is asked: <c>{prompt}</c> and <c>{answer}</c> are filled in. Its rating is the last number in double
    /// brackets.
    /// </summary>
    public const string UsualPrompt =
        "You rate an answer to a request. Judge how well it does what is asked: whether it is correct, helpful, complete and "
        + "clear. Its length must not count. Give your reasons in a few sentences, then end with your rating on a line of its "
        + "own, a number from 1 (useless) to 10 (perfect) in double brackets, as [[5]].\n\n"
        + "[Request]\n{prompt}\n[End of request]\n\n[Answer]\n{answer}\n[End of answer]";

    private readonly Judge _judge;
    private readonly string _prompt;

    /// <param name="client">The judge's server; it must outlive this object.</param>
    /// <param name="settings">How often it is asked.</param>
    /// <param name="prompt">In which words; see <see cref="UsualPrompt"/>.</param>
    /// <exception cref="SimperException">The words have no place for the answer.</exception>
    public JudgeRating(JudgeClient client, JudgeSettings settings, string prompt = UsualPrompt)
    {
        settings.Validate();
        if (!prompt.Contains("{answer}", StringComparison.Ordinal))
            throw new SimperException("The judge's prompt has no {answer}, where the answer that it rates is filled in.");
        (_judge, _prompt) = (new Judge(client, settings), prompt);
        Description = _judge.Describe(Kind, prompt);
    }

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public JsonObject Description
    {
        get => (JsonObject)field.DeepClone();
    }

    /// <inheritdoc/>
    public void Expect(DataPrompt prompt) { }

    /// <inheritdoc/>
    public async Task<AnswerScores> ScoreAsync(DataPrompt prompt, IReadOnlyList<string> answers, CancellationToken cancel)
    {
        (double? Verdict, int Invalid)[] found = await Task.WhenAll(
            answers.Select(a => _judge.AskAsync([new ChatMessage("user", Filled(prompt, a))], Rating, cancel))
        );
        return new AnswerScores([.. found.Select(f => f.Verdict)], found.Sum(f => f.Invalid));
    }

    /// <summary>The last rating in a reply, from 1 to 10; null where there is none.</summary>
    internal static double? Rating(string reply) =>
        Brackets().Matches(reply).LastOrDefault() is { } found
        && double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) is >= 1 and <= 10 and var rating
            ? rating
            : null;

    // In one pass: an answer may hold the words of a place.
    private string Filled(DataPrompt prompt, string answer) =>
        Places().Replace(_prompt, m => m.Value == "{answer}" ? answer : PairJudge.Conversation(prompt.Messages));

    [GeneratedRegex(@"\[\[\s*([0-9]{1,2}(?:\.[0-9]+)?)\s*\]\]")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\{(?:prompt|answer)\}")]
    private static partial Regex Places();
}
