using System.Text.RegularExpressions;

namespace Simper;

/// <summary>
/// Names of models and data sets on the Hugging Face hub, "organisation/name", which are no paths of this computer.
/// </summary>
public static partial class HubName
{
    /// <summary>Whether a path that does not exist reads as such a name.</summary>
    public static bool Is(string path) => Pattern().IsMatch(path) && !Files().IsMatch(path);

    // The hub's own rule: two parts of letters, digits, dots, dashes and underscores.
    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\.(jsonl|json|gz|csv|tsv|parquet|arrow|gguf|safetensors|bin|txt|yaml|yml)$", RegexOptions.IgnoreCase)]
    private static partial Regex Files();
}
