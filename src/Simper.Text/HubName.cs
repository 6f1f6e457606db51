using System.Text.RegularExpressions;

namespace Simper;

/// <summary>
/// Names of models and data sets on the Hugging Face hub, "organisation/name", which are not local paths.
/// </summary>
public static partial class HubName
{
    /// <summary>
    /// Whether a nonexistent path reads as such a name instead of a local path: if its first part is a folder here, or a typical
    /// folder name, a file is missing and no organisation meant.
    /// </summary>
    public static bool Is(string path) =>
        Pattern().IsMatch(path)
        && !Files().IsMatch(path)
        && !Folders().IsMatch(path)
        && !Directory.Exists(path[..path.IndexOf('/', StringComparison.Ordinal)]);

    // The hub's own rule: two parts of letters, digits, dots, dashes and underscores.
    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]
    private static partial Regex Pattern();

    [GeneratedRegex(
        "^(models?|runs?|data|datasets?|checkpoints?|ckpts?|outputs?|out|results?|experiments?|recipes|assets|tmp|cache)/",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Folders();

    [GeneratedRegex(@"\.(jsonl|json|gz|csv|tsv|parquet|arrow|gguf|safetensors|bin|txt|yaml|yml)$", RegexOptions.IgnoreCase)]
    private static partial Regex Files();
}
