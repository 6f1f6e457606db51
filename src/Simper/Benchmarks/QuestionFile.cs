using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>
/// A file of questions with choices as a task of its own: rows with a question (question, query, prompt, context, input or
/// goal), a list of choices (choices, options or endings), and which is right, as a place from 0, a letter or the choice itself
/// (answer, gold, label, target or answerKey).
/// </summary>
internal static class QuestionFile
{
    private static readonly string[] Questions = ["question", "query", "prompt", "context", "input", "goal"];
    private static readonly string[] Choices = ["choices", "options", "endings"];
    private static readonly string[] Answers = ["answer", "gold", "label", "target", "answerKey"];

    /// <summary>The keys of its task.</summary>
    /// <exception cref="SimperException">Its rows are of another form; the message says how to write a task file.</exception>
    public static JsonObject Task(TaskFile file)
    {
        JsonObject first =
            TaskRows.Read(file.Path).FirstOrDefault() ?? throw new SimperException($"{file}: there are no rows in it.");
        string question = Column(file, first, Questions, "a question");
        string choices = Column(file, first, Choices, "choices");
        string answer = Column(file, first, Answers, "an answer");
        bool isNested = first[choices] is JsonObject; // {"text": [...], "label": [...]}, as in ARC
        string list = isNested ? $"{choices}.text" : choices;
        string labels = isNested ? $"{choices}.label" : "\"ABCDEFGHIJKLMNOPQRSTUVWXYZ\"";
        string target =
            $"{{% if {answer} is string and {answer} in {list} %}}{{{{ {list}.index({answer}) }}}}"
            + $"{{% elif {answer} is string and not {answer}.isdigit() %}}{{{{ {labels}.index({answer}.strip()) }}}}"
            + $"{{% else %}}{{{{ {answer} }}}}{{% endif %}}";
        return new JsonObject
        {
            ["task"] = Path.GetFileName(file.Path).Split('.')[0],
            ["dataset_path"] = "json",
            ["dataset_kwargs"] = new JsonObject { ["data_files"] = new JsonObject { ["test"] = Path.GetFullPath(file.Path) } },
            ["test_split"] = "test",
            ["output_type"] = "multiple_choice",
            ["doc_to_text"] = $"Question: {{{{ {question} }}}}\nAnswer:",
            ["doc_to_choice"] = $"{{{{ {list} }}}}",
            ["doc_to_target"] = target,
            ["metric_list"] = new JsonArray(Metric("acc"), Metric("acc_norm")),
            ["metadata"] = new JsonObject { ["version"] = 1.0 },
        };
    }

    private static JsonObject Metric(string name) =>
        new()
        {
            ["metric"] = name,
            ["aggregation"] = "mean",
            ["higher_is_better"] = true,
        };

    private static string Column(TaskFile file, JsonObject row, string[] names, string what) =>
        Array.Find(names, row.ContainsKey)
        ?? throw new SimperException(
            $"{file}: its rows have no {what[(what.IndexOf(' ') + 1)..]} ({string.Join(", ", names)}); describe them in a task "
                + "file (YAML), with doc_to_text, doc_to_choice and doc_to_target."
        );
}
