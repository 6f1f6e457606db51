using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Judging.Comparison;

/// <summary>A prompt with the answers of two models.</summary>
/// <param name="Prompt">The conversation to be answered.</param>
/// <param name="First">The first model's answer.</param>
/// <param name="Second">The second's.</param>
public sealed record AnswerPair(IReadOnlyList<ChatMessage> Prompt, string First, string Second)
{
    private static readonly string[] AnswerColumns = ["answer", "output", "completion", "response", "generated"];
    private const string SamplesFile = "samples.jsonl";

    /// <summary>The last thing the user says, for messages.</summary>
    public string Excerpt => JudgeFiles.Excerpt(Prompt[^1].Content);

    /// <summary>
    /// Reads the answers of two models and matches them by prompt: files of JSON lines or lists with a prompt and an answer, as
    /// <c>simper generate</c> writes them, AlpacaEval's files of outputs, or folders of runs, whose sample answers are taken.
    /// </summary>
    /// <exception cref="SimperException">A row lacks one of them, or the files have no prompt in common.</exception>
    public static IReadOnlyList<AnswerPair> Read(string first, string second)
    {
        Dictionary<string, (IReadOnlyList<ChatMessage> Prompt, string Answer)> answers = Answers(first);
        AnswerPair[] pairs =
        [
            .. Answers(second)
                .Where(s => answers.ContainsKey(s.Key))
                .Select(s => new AnswerPair(s.Value.Prompt, answers[s.Key].Answer, s.Value.Answer)),
        ];
        return pairs.Length > 0
            ? pairs
            : throw new SimperException($"{first} and {second} have no prompt in common; both have to answer the same ones.");
    }

    private static Dictionary<string, (IReadOnlyList<ChatMessage> Prompt, string Answer)> Answers(string path)
    {
        bool isRun = Directory.Exists(path);
        string file = isRun ? Path.Combine(path, SamplesFile) : path;
        if (isRun && !File.Exists(file))
            throw new SimperException($"{path} has no {SamplesFile}; give a run's folder, or a file of answers.");
        var answers = new Dictionary<string, (IReadOnlyList<ChatMessage>, string)>(StringComparer.Ordinal);
        foreach ((JsonObject row, string place) in JudgeFiles.Rows(file))
        {
            if (isRun && (string?)row["when"] == "before")
                continue;
            string column =
                AnswerColumns.FirstOrDefault(row.ContainsKey)
                ?? throw new SimperException(
                    $"{place}: there is no answer; a row needs one of {string.Join(", ", AnswerColumns)} beside its prompt."
                );
            IReadOnlyList<ChatMessage> prompt = PromptRow.Read(Question(row), place).Messages;
            string key = string.Join('\u0001', prompt.Select(m => $"{m.Role}\u0002{m.Content}"));
            if (!answers.TryAdd(key, (prompt, JudgeFiles.Text(row, column, place))))
                throw new SimperException($"{place}: this prompt was answered above already; leave one answer a prompt.");
        }
        return answers;
    }

    private static JsonObject Question(JsonObject row)
    {
        JsonObject question = row.DeepClone().AsObject();
        foreach (string column in AnswerColumns)
            question.Remove(column);
        return question;
    }
}
