namespace Simper.Reports;

/// <summary>Answers to the same held-out prompts side by side, with their lengths.</summary>
internal static class SampleTable
{
    /// <param name="columns">A heading and its answers, for each column.</param>
    public static Html Of(IReadOnlyList<(string Heading, IReadOnlyList<SampleRecord> Answers)> columns)
    {
        (int Row, string Prompt)[] asked =
        [
            .. columns
                .SelectMany(c => c.Answers)
                .Select(a => (a.Row, a.Prompt))
                .Distinct()
                .Where(q => columns.Count(c => Answer(c.Answers, q) is not null) > 1 || columns.Count == 1),
        ];
        if (asked.Length == 0)
            return Html.Empty;
        return Html.Of(
            $"""
            <h2>Answers to held-out prompts</h2>
            <p class="note">Greedy answers, cut at the number of tokens that the recipe gives (sample_tokens).</p>
            <div class="wide"><table class="texts">
            <thead><tr><th>row</th><th>prompt</th>{columns.Select(c => Html.Of($"<th>{c.Heading}</th>"))}</tr></thead>
            <tbody>{asked.Select(q =>
                Html.Of(
                    $"<tr><th>{q.Row}</th><td class=\"text\" data-label=\"prompt\">{PairTexts.Cut(q.Prompt)}</td>"
                        + $"{columns.Select(c => Cell(c.Heading, Answer(c.Answers, q)))}</tr>\n"
                )
            )}</tbody>
            {Lengths(columns)}</table></div>

            """
        );
    }

    private static SampleRecord? Answer(IEnumerable<SampleRecord> answers, (int Row, string Prompt) asked) =>
        answers.FirstOrDefault(a => (a.Row, a.Prompt) == asked);

    private static Html Cell(string heading, SampleRecord? answer) =>
        answer is null
            ? Html.Of($"<td class=\"text\" data-label=\"{heading}\">–</td>")
            : Html.Of(
                $"<td class=\"text\" data-label=\"{heading}\">{PairTexts.Cut(answer.Answer)}<small>{Length(answer)}</small></td>"
            );

    private static string Length(SampleRecord answer) =>
        (answer.Tokens is { } tokens ? $"{tokens} tokens" : $"{answer.Answer.Length} characters")
        + (answer.Ended ? "" : ", cut off");

    private static Html Lengths(IReadOnlyList<(string Heading, IReadOnlyList<SampleRecord> Answers)> columns) =>
        Html.Of(
            $"""
            <tfoot><tr><th></th><th>mean length</th>{columns.Select(c =>
                Html.Of($"<td data-label=\"{c.Heading}\">{Mean(c.Answers)}</td>")
            )}</tr></tfoot>
            """
        );

    private static string Mean(IReadOnlyList<SampleRecord> answers)
    {
        if (answers.Count == 0)
            return "–";
        bool tokens = answers.All(a => a.Tokens is not null);
        string length = Shown.Amount(answers.Average(a => tokens ? a.Tokens!.Value : a.Answer.Length));
        int cutOff = answers.Count(a => !a.Ended);
        return $"{length} {(tokens ? "tokens" : "characters")}{(cutOff > 0 ? $", {cutOff} of {answers.Count} cut off" : "")}";
    }
}
