using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>The figures of one row from the answers to its requests, kind by kind, as the harness computes them.</summary>
internal sealed class RowScorer
{
    private readonly BenchmarkTask _task;
    private readonly RowReader _reader;
    private readonly bool _isMultipleInput;
    private readonly bool _hasSeveralTargets;
    private readonly Func<JsonObject, TaskAnswers, RowFigures>? _own;

    public RowScorer(BenchmarkTask task, RowReader reader, bool isMultipleInput, bool hasSeveralTargets)
    {
        (_task, _reader, _isMultipleInput, _hasSeveralTargets) = (task, reader, isMultipleInput, hasSeveralTargets);
        JsonNode? function = task.Config["process_results"];
        _own = TaskFunctions.Find<Func<JsonObject, TaskAnswers, RowFigures>>(task.Config, "process_results", function);
        if (function is not null && _own is null)
            throw task.Config.Fault("process_results", "it has to be a function");
    }

    public RowFigures Score(JsonObject row, TaskAnswers answers)
    {
        if (_own is not null)
            return Own(row, answers);
        return _task.Config.OutputType switch
        {
            "loglikelihood" => Single(answers),
            "loglikelihood_rolling" => Rolling(row, answers),
            "multiple_choice" => Choice(row, answers),
            _ => Generated(row, answers),
        };
    }

    private bool Wants(string metric) => _task.Metrics.Any(m => m.Name == metric);

    private RowFigures Own(JsonObject row, TaskAnswers answers)
    {
        try
        {
            return _own!(row, answers);
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw _task.Config.Fault(
                "process_results",
                $"the function does not find its columns in a row, which has {string.Join(", ", row.Select(c => c.Key))}"
            );
        }
    }

    private RowFigures Single(TaskAnswers answers)
    {
        var figures = new RowFigures();
        if (Wants("perplexity"))
            figures.Add("perplexity", answers.LogLikelihoods[0]);
        if (Wants("acc"))
            figures.Add("acc", answers.AreGreedy[0] ? 1 : 0);
        return figures;
    }

    private RowFigures Rolling(JsonObject row, TaskAnswers answers)
    {
        string text = _task.Target(row)?.ToString() ?? "";
        int bytes = Encoding.UTF8.GetByteCount(text);
        var figures = new RowFigures();
        foreach (string metric in _task.MetricNames)
            figures.AddWeighted(
                metric,
                answers.LogLikelihoods[0],
                metric == "word_perplexity" ? PythonText.WordCount(text) : bytes
            );
        return figures;
    }

    private RowFigures Choice(JsonObject row, TaskAnswers answers)
    {
        IReadOnlyList<string> choices = _task.Choices(row)!;
        double[] all = [.. answers.LogLikelihoods];
        double[] scores = all[..choices.Count];
        int[] right = Right(row, choices);
        bool Hits(double[] by) => right.Contains(First(by));
        double[] Divided(Func<string, double> length) => [.. scores.Select((s, i) => s / length(choices[i]))];
        var figures = new RowFigures();
        foreach (string metric in _task.MetricNames)
        {
            JsonNode value = metric switch
            {
                "acc" => Hits(scores) ? 1.0 : 0.0,
                "acc_norm" => Hits(Divided(c => PythonCharacters.Length(c))) ? 1.0 : 0.0,
                "acc_bytes" => Hits(Divided(c => Encoding.UTF8.GetByteCount(c))) ? 1.0 : 0.0,
                "acc_mutual_info" => Hits([.. scores.Select((s, i) => s - all[choices.Count + i])]) ? 1.0 : 0.0,
                "exact_match" => right.Any(r => r >= 0 && answers.AreGreedy[r]) ? 1 : 0,
                "brier_score" => new JsonArray(right[0], new JsonArray([.. Softmax(scores).Select(p => JsonValue.Create(p))])),
                _ => new JsonArray(right[0], First(scores)),
            };
            figures.Add(metric, value);
        }
        return figures;
    }

    // -100 stands for what is none of the choices, and so never right.
    private int[] Right(JsonObject row, IReadOnlyList<string> choices)
    {
        JsonNode? right = _isMultipleInput ? _task.Question(row) : _task.Target(row);
        return right is JsonArray several ? [.. several.Select(Place)] : [Place(right)];

        int Place(JsonNode? node)
        {
            if (BenchmarkTask.IsNumber(node))
                return (int)Aggregation.Number(node!) is var place && place < choices.Count ? place : -100;
            for (int i = 0; i < choices.Count; i++)
            {
                if (choices[i] == node?.ToString())
                    return i;
            }
            return -100;
        }
    }

    private RowFigures Generated(JsonObject row, TaskAnswers answers)
    {
        JsonNode? target = _task.Target(row);
        if (_task.Choices(row) is { } choices && BenchmarkTask.IsNumber(target))
            target = choices[(int)Aggregation.Number(target!)];
        var figures = new RowFigures();
        foreach (TaskMetric metric in _task.Metrics)
        {
            bool holds =
                _hasSeveralTargets && target is JsonArray several
                    ? several.Any(t => metric.Match!.Holds(answers.Text, t?.ToString() ?? ""))
                    : metric.Match!.Holds(answers.Text, target?.ToString() ?? "");
            figures.Add(metric.Name, holds ? 1.0 : 0.0);
        }
        return figures;
    }

    // The first of the largest, as numpy's argmax.
    private static int First(double[] values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }
        return best;
    }

    private static IEnumerable<double> Softmax(double[] scores)
    {
        double largest = scores.Max();
        double total = scores.Sum(s => Math.Exp(s - largest));
        return scores.Select(s => Math.Exp(s - largest) / total);
    }
}
