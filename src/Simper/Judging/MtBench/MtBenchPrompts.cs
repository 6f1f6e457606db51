using System.Text.RegularExpressions;
using Simper.Text.Templates;

namespace Simper.Judging.MtBench;

/// <summary>What MT-Bench asks its judge, from FastChat's <c>judge_prompts.jsonl</c>.</summary>
public sealed partial class MtBenchPrompts
{
    private readonly Dictionary<string, (string System, string Template)> _byName = new(StringComparer.Ordinal);
    private readonly string _path;

    private MtBenchPrompts(string path) => _path = path;

    /// <summary>Reads the file.</summary>
    /// <exception cref="SimperException">A line is no prompt.</exception>
    public static MtBenchPrompts Read(string path)
    {
        var prompts = new MtBenchPrompts(path);
        foreach ((System.Text.Json.Nodes.JsonObject row, string place) in JudgeFiles.Rows(path))
            prompts._byName[JudgeFiles.Text(row, "name", place)] = (
                JudgeFiles.Text(row, "system_prompt", place),
                JudgeFiles.Text(row, "prompt_template", place)
            );
        return prompts;
    }

    /// <summary>The name of the prompt for a question, its turn and its mode.</summary>
    public static string NameOf(MtBenchQuestion question, int turn, bool isPairwise) =>
        $"{(isPairwise ? "pair" : "single")}-"
        + (
            question.NeedsReference ? "math-v1"
            : isPairwise ? "v2"
            : "v1"
        )
        + (turn == 2 ? "-multi-turn" : "");

    /// <summary>The messages to judge one answer.</summary>
    public IReadOnlyList<ChatMessage> Single(
        MtBenchQuestion question,
        int turn,
        MtBenchAnswer answer,
        MtBenchAnswer? reference
    ) =>
        Filled(
            question,
            turn,
            isPairwise: false,
            reference,
            turn == 1 ? [("answer", Turn(answer, 1))] : [("answer_1", Turn(answer, 1)), ("answer_2", Turn(answer, 2))]
        );

    /// <summary>The messages to compare two answers, the first as A.</summary>
    public IReadOnlyList<ChatMessage> Pair(
        MtBenchQuestion question,
        int turn,
        MtBenchAnswer first,
        MtBenchAnswer second,
        MtBenchAnswer? reference
    ) =>
        Filled(
            question,
            turn,
            isPairwise: true,
            reference,
            turn == 1
                ? [("answer_a", Turn(first, 1)), ("answer_b", Turn(second, 1))]
                :
                [
                    ("answer_a_1", Turn(first, 1)),
                    ("answer_a_2", Turn(first, 2)),
                    ("answer_b_1", Turn(second, 1)),
                    ("answer_b_2", Turn(second, 2)),
                ]
        );

    private IReadOnlyList<ChatMessage> Filled(
        MtBenchQuestion question,
        int turn,
        bool isPairwise,
        MtBenchAnswer? reference,
        IEnumerable<(string Name, string Text)> answers
    )
    {
        string name = NameOf(question, turn, isPairwise);
        if (!_byName.TryGetValue(name, out (string System, string Template) prompt))
            throw new SimperException($"{_path} has no prompt {name}; give FastChat's judge_prompts.jsonl.");
        Dictionary<string, string> places = answers.ToDictionary(a => a.Name, a => a.Text);
        places["question"] = places["question_1"] = question.Turns[0];
        if (question.Turns.Count > 1)
            places["question_2"] = question.Turns[1];
        if (question.NeedsReference)
        {
            if (reference is null)
                throw new SimperException($"Question {question.Id} ({question.Category}) needs a reference answer and has none.");
            places["ref_answer_1"] = Turn(reference, 1);
            if (turn == 2)
                places["ref_answer_2"] = Turn(reference, 2);
        }
        // Only the template's places are filled; braces in answers stay.
        string text = Place()
            .Replace(
                prompt.Template,
                m =>
                    m.Value is "{{" or "}}" ? m.Value[..1]
                    : places.TryGetValue(m.Groups[1].Value, out string? value) ? value
                    : throw new SimperException($"{_path}: the prompt {name} asks for {m.Value}, which there is not.")
            );
        return [.. prompt.System.Length > 0 ? [new ChatMessage("system", prompt.System)] : (ChatMessage[])[], new("user", text)];
    }

    private static string Turn(MtBenchAnswer answer, int turn) =>
        answer.Turns.Count >= turn
            ? answer.Turns[turn - 1]
            : throw new SimperException($"{answer.Model}'s answer to question {answer.QuestionId} has no turn {turn}.");

    [GeneratedRegex(@"\{\{|\}\}|\{(\w+)\}")]
    private static partial Regex Place();
}
