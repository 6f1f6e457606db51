using System.Text.Json.Nodes;
using Simper.Benchmarks.Functions;
using Simper.Runs;

namespace Simper.Benchmarks;

/// <summary>
/// The Python functions that task files of lm-evaluation-harness name (<c>!function utils.process_docs</c>), in C#. A file's
/// folder and data set say whose <c>utils</c> is meant. Functions that are not known are refused by name.
/// </summary>
internal static class TaskFunctions
{
    private static readonly Dictionary<string, Delegate> All = new(StringComparer.Ordinal)
    {
        ["winogrande.doc_to_text"] = (Func<JsonObject, JsonNode?>)(doc => Winogrande.Right(doc)),
        ["winogrande.doc_to_target"] = (Func<JsonObject, JsonNode?>)(doc => Winogrande.Ending(doc)),
        ["winogrande.doc_to_choice"] = (Func<JsonObject, JsonNode?>)Winogrande.Beginnings,
        ["hellaswag.process_docs"] = (Func<IReadOnlyList<JsonObject>, IReadOnlyList<JsonObject>>)HellaSwag.Rows,
        ["truthfulqa.process_results_mc2"] = (Func<JsonObject, TaskAnswers, RowFigures>)TruthfulQa.Mc2,
        ["leaderboard/musr.doc_to_text"] = (Func<JsonObject, JsonNode?>)(doc => MuSr.Question(doc)),
        ["leaderboard/musr.doc_to_choice"] =
            (Func<JsonObject, JsonNode?>)(doc => PythonLiteral.Parse(doc["choices"]!.ToString())),
        ["ifeval.process_results"] = (Func<JsonObject, TaskAnswers, RowFigures>)IfEval.Figures,
        ["ifeval.agg_inst_level_acc"] = (Func<IReadOnlyList<JsonNode>, double>)IfEval.ByInstruction,
        ["leaderboard/math.doc_to_text"] = (Func<JsonObject, JsonNode?>)(doc => LeaderboardMath.Question(doc)),
        ["leaderboard/math.process_docs"] = (Func<IReadOnlyList<JsonObject>, IReadOnlyList<JsonObject>>)LeaderboardMath.Rows,
        ["leaderboard/math.process_results"] = (Func<JsonObject, TaskAnswers, RowFigures>)LeaderboardMath.Figures,
        ["leaderboard/gpqa.process_docs"] = (Func<IReadOnlyList<JsonObject>, IReadOnlyList<JsonObject>>)Gpqa.Rows,
        ["leaderboard/mmlu_pro.doc_to_text"] = (Func<JsonObject, JsonNode?>)(doc => MmluPro.Question(doc)),
        ["leaderboard/mmlu_pro.doc_to_choice"] = (Func<JsonObject, JsonNode?>)MmluPro.Letters,
        ["wikitext.wikitext_detokenizer"] = (Func<JsonObject, JsonNode?>)(doc => WikiText.Detokenized(doc["page"]!.ToString())),
        ["wikitext.process_results"] = (Func<JsonObject, TaskAnswers, RowFigures>)WikiText.Figures,
    };

    // Modules of the harness that bear another name than the task.
    private static readonly Dictionary<string, string> Modules = new(StringComparer.OrdinalIgnoreCase)
    {
        ["preprocess_winogrande"] = "winogrande",
        ["preprocess_wikitext"] = "wikitext",
        ["truthful_qa"] = "truthfulqa",
        ["MMLU-Pro"] = "mmlu_pro",
        ["MATH-lighteval"] = "math",
        ["instruction-following-eval"] = "ifeval",
        ["IFEval"] = "ifeval",
        ["wikitext_document_level"] = "wikitext",
    };

    /// <summary>The names of all functions.</summary>
    public static IEnumerable<string> Names => All.Keys.Order(StringComparer.Ordinal);

    /// <summary>The function that a key refers to; null if its value is no reference.</summary>
    /// <exception cref="SimperException">It is not known, or of another kind.</exception>
    public static T? Find<T>(TaskConfig config, string key, JsonNode? value)
        where T : Delegate
    {
        if (value is not JsonObject reference || reference[TaskYaml.Function]?.ToString() is not { } name)
            return null;
        foreach (string candidate in Candidates(config, name))
        {
            if (All.TryGetValue(candidate, out Delegate? function))
                return function as T ?? throw config.Fault(key, $"the function {name} is of another kind");
        }
        string[] known = [.. Names];
        throw config.Fault(
            key,
            $"the function {name} is Python and not known here"
                + NearestName.Question(name, known, $"; known are {string.Join(", ", known)}")
        );
    }

    private static IEnumerable<string> Candidates(TaskConfig config, string name)
    {
        int point = name.LastIndexOf('.');
        string function = name[(point + 1)..];
        string module = point < 0 ? "" : name[..point];
        yield return name;
        yield return $"{Modules.GetValueOrDefault(module, module)}.{function}";
        // musr_doc_to_text of a file of one's own
        foreach (string named in All.Keys.Where(k => IsCalled(k[(k.IndexOf('/') + 1)..], function)))
            yield return named;
        if (module is not ("utils" or "util" or "preprocess" or ""))
            yield break;
        string[] folders = [.. config.File.FolderNames.Select(f => Modules.GetValueOrDefault(f, f))];
        for (int i = 0; i < folders.Length; i++)
        {
            if (i + 1 < folders.Length)
                yield return $"{folders[i + 1]}/{folders[i]}.{function}";
            yield return $"{folders[i]}.{function}";
        }
        string set = config.Text("dataset_path") ?? "";
        set = set[(set.LastIndexOf('/') + 1)..];
        // The leaderboard's tasks differ from the harness's own of the same data.
        string prefix = config.Name.StartsWith("leaderboard_", StringComparison.Ordinal) ? "leaderboard/" : "";
        string known = Modules.GetValueOrDefault(set, set.ToLowerInvariant());
        yield return $"{prefix}{known}.{function}";
        if (known == "ifeval")
            yield return $"ifeval.{function}";
    }

    private static bool IsCalled(string known, string function)
    {
        int point = known.IndexOf('.');
        return known.Replace('.', '_') == function
            || (known[(point + 1)..] == function && function.StartsWith(known[..point], StringComparison.Ordinal));
    }
}
