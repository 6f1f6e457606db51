using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// A named chain of the harness's filters over the answers to one request: what of them is judged (<c>filter_list</c>). The last
/// one decides whether a single answer or several are left.
/// </summary>
internal sealed class ResponseFilter
{
    /// <summary>The name of the filter that tasks without a list of their own have.</summary>
    public const string None = "none";

    private readonly List<Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>>> _steps = [];

    private ResponseFilter(string name) => Name = name;

    /// <summary>The name under which its figures stand.</summary>
    public string Name { get; }

    /// <summary>Whether several answers are left, which a figure has to take together.</summary>
    public bool KeepsSeveral { get; private set; }

    /// <summary>The filters of a task.</summary>
    /// <exception cref="SimperException">A filter is not known.</exception>
    public static IReadOnlyList<ResponseFilter> Of(TaskConfig config)
    {
        if (config["filter_list"] is not { } list)
            return [new ResponseFilter(None) { _steps = { First } }];
        return
        [
            .. (list as JsonArray ?? throw config.Fault("filter_list", "it has to be a list")).Select(f =>
                Of(config, f as JsonObject ?? throw config.Fault("filter_list", "an entry has to be a map with name and filter"))
            ),
        ];
    }

    /// <summary>What is judged of the answers to one request.</summary>
    /// <param name="answers">The generated texts.</param>
    /// <param name="row">The row that was asked about.</param>
    public IReadOnlyList<string> Apply(IReadOnlyList<string> answers, JsonObject row)
    {
        foreach (Func<IReadOnlyList<string>, JsonObject, IReadOnlyList<string>> step in _steps)
            answers = step(answers, row);
        return answers;
    }

    private static ResponseFilter Of(TaskConfig config, JsonObject entry)
    {
        var filter = new ResponseFilter(entry["name"]?.ToString() ?? None) { KeepsSeveral = true };
        JsonNode? steps = entry["filter"];
        foreach (
            JsonNode? step in steps is JsonArray several ? several
            : steps is null ? []
            : [steps.DeepClone()]
        )
            filter.Add(config, step as JsonObject ?? throw config.Fault("filter_list", "a filter has to be a map with function"));
        return filter;
    }

    private void Add(TaskConfig config, JsonObject step)
    {
        string name = step["function"]?.ToString() ?? throw config.Fault("filter_list", "a filter has no function");
        switch (name)
        {
            case "take_first":
                _steps.Add(First);
                KeepsSeveral = false;
                break;
            case "take_first_k":
                int count = step["k"]?.GetValue<int>() ?? throw config.Fault("filter_list", "take_first_k needs k");
                _steps.Add((answers, _) => [.. answers.Take(count)]);
                break;
            case "majority_vote":
                _steps.Add((answers, _) => [Majority(answers)]);
                break;
            case "regex":
                _steps.Add(new RegexExtraction(step).Apply);
                break;
            case "multi_choice_regex":
                _steps.Add(new ChoiceExtraction(step).Apply);
                break;
            case "remove_whitespace":
                _steps.Add((answers, _) => [.. answers.Select(PythonCharacters.Strip)]);
                break;
            case "lowercase":
                _steps.Add((answers, _) => [.. answers.Select(a => a.ToLowerInvariant())]);
                break;
            case "uppercase":
                _steps.Add((answers, _) => [.. answers.Select(a => a.ToUpperInvariant())]);
                break;
            case "map":
                JsonObject map = step["mapping_dict"] as JsonObject ?? [];
                string otherwise = step["default_value"]?.ToString() ?? "None";
                _steps.Add((answers, _) => [.. answers.Select(a => map[a]?.ToString() ?? otherwise)]);
                break;
            default:
                throw config.Fault(
                    "filter_list",
                    $"the filter {name} is not known here; known are take_first, take_first_k, majority_vote, regex, "
                        + "multi_choice_regex, remove_whitespace, lowercase, uppercase and map"
                );
        }
    }

    private static IReadOnlyList<string> First(IReadOnlyList<string> answers, JsonObject row) =>
        answers.Count > 0 ? [answers[0]] : [];

    // The one seen first of those that are equally frequent.
    private static string Majority(IReadOnlyList<string> answers) =>
        answers.GroupBy(a => a, StringComparer.Ordinal).MaxBy(g => g.Count())!.Key;
}
