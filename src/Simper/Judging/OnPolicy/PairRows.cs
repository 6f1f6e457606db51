using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Judging.OnPolicy;

/// <summary>Pairs as rows of a data file: messages, or texts where the model has no chat template.</summary>
/// <param name="settings">Which pairs.</param>
/// <param name="scorers">Who scored.</param>
/// <param name="areTexts">Whether prompts and answers are plain texts.</param>
internal sealed class PairRows(PairSettings settings, IReadOnlyList<WeightedScorer> scorers, bool areTexts)
{
    /// <summary>The rows of a prompt, and what became of it.</summary>
    public (IReadOnlyList<JsonObject> Rows, PromptOutcome Outcome) Of(DataPrompt prompt, IReadOnlyList<ScoredAnswer> answers)
    {
        (IReadOnlyList<(ScoredAnswer, ScoredAnswer)> pairs, PromptOutcome outcome) = PairChoice.Of(
            answers,
            settings,
            prompt.Index
        );
        return outcome != PromptOutcome.Paired ? ([], outcome)
            : settings.Pairing == AnswerPairing.Ranked ? ([Ranked(prompt, answers)], outcome)
            : ([.. pairs.Select(p => Pair(prompt, p.Item1, p.Item2, answers))], outcome);
    }

    private JsonObject Pair(DataPrompt prompt, ScoredAnswer chosen, ScoredAnswer rejected, IReadOnlyList<ScoredAnswer> answers)
    {
        JsonObject row = Begun(prompt);
        row["chosen"] = Said(chosen);
        row["rejected"] = Said(rejected);
        row["score_chosen"] = chosen.Total;
        row["score_rejected"] = rejected.Total;
        Close(row, prompt);
        if (settings.KeepsAll)
            row["answers"] = new JsonArray([.. answers.Select(a => a.ToJson(scorers))]);
        return row;
    }

    private JsonObject Ranked(DataPrompt prompt, IReadOnlyList<ScoredAnswer> answers)
    {
        ScoredAnswer[] best = PairChoice.BestFirst(answers, settings);
        JsonObject row = Begun(prompt);
        row["answers"] = new JsonArray([.. best.Select(Said)]);
        row["scores"] = new JsonArray([.. best.Select(a => JsonValue.Create(a.Total))]);
        Close(row, prompt);
        return row;
    }

    private JsonObject Begun(DataPrompt prompt) =>
        new()
        {
            ["prompt"] = areTexts ? prompt.Messages[0].Content : new JsonArray([.. prompt.Messages.Select(m => m.ToJson())]),
        };

    private JsonNode Said(ScoredAnswer answer) =>
        areTexts
            ? JsonValue.Create(answer.Answer.Text)
            : new JsonArray(new ChatMessage("assistant", answer.Answer.Text).ToJson());

    private static void Close(JsonObject row, DataPrompt prompt)
    {
        if (prompt.Tools is not null)
            row["tools"] = prompt.Tools.DeepClone();
        if (prompt.TemplateVariables is not null)
            row[TemplateArguments.Name] = prompt.TemplateVariables.DeepClone();
        row["source_row"] = prompt.Row;
    }
}
