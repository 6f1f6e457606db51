namespace Simper.Benchmarks.Mathematics;

/// <summary>
/// Whether a model's answer to a problem of MATH is right, as each of the harness's tasks decides. Thread safe.
/// </summary>
public static class MathVerdicts
{
    /// <summary><c>hendrycks_math</c>, <c>exact_match</c>: equal texts in the normal form.</summary>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="solution">The row's solution, with the right answer in a box.</param>
    public static bool Hendrycks(string answer, string solution) =>
        HendrycksAnswer.AreEqual(HendrycksAnswer.In(answer), BoxedText.LastContent(solution));

    /// <summary><c>minerva_math</c>, <c>exact_match</c>: the same text in the normal form, or no difference.</summary>
    /// <inheritdoc cref="Hendrycks"/>
    public static bool Minerva(string answer, string solution)
    {
        string found = FinalAnswer.Normalised(FinalAnswer.In(answer));
        string right = FinalAnswer.Normalised(BoxedText.LastContent(solution) ?? FinalAnswer.Invalid);
        return found == right || SimplifiedEquality.Holds(found, right);
    }

    /// <summary><c>leaderboard_math</c>, <c>exact_match_original</c>: as <see cref="Minerva"/> in its older form.</summary>
    /// <inheritdoc cref="Hendrycks"/>
    public static bool Leaderboard(string answer, string solution)
    {
        string found = FinalAnswer.NormalisedAsLeaderboard(FinalAnswer.In(answer));
        string right = FinalAnswer.NormalisedAsLeaderboard(BoxedText.LastContent(solution) ?? FinalAnswer.Invalid);
        return found != FinalAnswer.Invalid
            && (PythonCharacters.Strip(found) == PythonCharacters.Strip(right) || SimplifiedEquality.Holds(found, right));
    }

    /// <summary><c>minerva_math</c>, <c>math_verify</c>: any form of the same value, wherever the answer stands.</summary>
    /// <inheritdoc cref="Hendrycks"/>
    public static bool Verified(string answer, string solution) =>
        AnswerEquality.Holds(AnswerSearch.In(solution, plainNumbers: true), AnswerSearch.In(answer, plainNumbers: true));

    /// <summary><c>leaderboard_math</c>, <c>exact_match</c>: the same, with a right answer in LaTeX only.</summary>
    /// <inheritdoc cref="Hendrycks"/>
    public static bool VerifiedAsLeaderboard(string answer, string solution) =>
        AnswerEquality.Holds(AnswerSearch.In(solution, plainNumbers: false), AnswerSearch.In(answer, plainNumbers: true));
}
