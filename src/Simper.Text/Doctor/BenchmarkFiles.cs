using Simper.Text.Hub;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>Where items of benchmarks are found: in files and folders that the user names, and in the cache of the hub.</summary>
public static class BenchmarkFiles
{
    // Names on the hub of what models are usually measured by, those of the tasks that ship among them.
    private static readonly string[] Known =
    [
        "allenai/ai2_arc",
        "Rowan/hellaswag",
        "cais/mmlu",
        "TIGER-Lab/MMLU-Pro",
        "truthfulqa/truthful_qa",
        "allenai/winogrande",
        "openai/gsm8k",
        "google/IFEval",
        "wis-k/instruction-following-eval",
        "DigitalLearningGmbH/MATH-lighteval",
        "SaylorTwift/bbh",
        "Idavidrein/gpqa",
        "TAUR-Lab/MuSR",
        "baber/piqa",
        "allenai/openbookqa",
        "EleutherAI/lambada_openai",
        "openai/openai_humaneval",
        "google-research-datasets/mbpp",
        "tatsu-lab/alpaca_eval",
        "HuggingFaceH4/mt_bench_prompts",
    ];

    /// <summary>The data files of a path: itself, all in a folder and its folders, or those of a data set in the cache.</summary>
    /// <exception cref="SimperException">There are none.</exception>
    public static IReadOnlyList<string> Of(string path)
    {
        if (!Directory.Exists(path))
            return DataFiles.Of(path, "test", "validation", "train");
        string[] files = [.. Below(path)];
        return files.Length > 0 ? files : throw new SimperException($"{path} holds no data files of benchmarks.");
    }

    /// <summary>Held-out files of well-known benchmarks that are in the cache.</summary>
    public static IReadOnlyList<string> InCache() =>
        [
            .. Known
                .Select(id => HubReference.Parse(HubKind.Dataset, id) is { } reference ? HubCache.Find(reference) : null)
                .OfType<string>()
                .SelectMany(snapshot => Below(snapshot).Where(f => IsHeldOut(Path.GetRelativePath(snapshot, f)))),
        ];

    private static IEnumerable<string> Below(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => HubDataFiles.IsData(f) && HubCache.HasFile(f))
            .Order(StringComparer.Ordinal);

    private static bool IsHeldOut(string path) =>
        path.Contains("test", StringComparison.OrdinalIgnoreCase)
        || path.Contains("valid", StringComparison.OrdinalIgnoreCase)
        || path.Contains("dev", StringComparison.OrdinalIgnoreCase);
}
