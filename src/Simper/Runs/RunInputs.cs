namespace Simper.Runs;

/// <summary>A run's inputs must not be inside its output folder.</summary>
internal static class RunInputs
{
    /// <exception cref="SimperException">A file or folder that the recipe names is inside the output folder.</exception>
    public static void ExpectOutside(Recipe recipe)
    {
        string output = Full(recipe.OutputDir);
        foreach (
            (string key, string? path) in (ReadOnlySpan<(string, string?)>)
                [
                    ("model_name_or_path", recipe.ModelNameOrPath),
                    ("dataset_name", recipe.DatasetName),
                    ("eval_dataset_name", recipe.EvalDatasetName),
                    .. recipe.DatasetMixer.Shares.Select(s => ("dataset_mixer", (string?)s.Path)),
                    .. recipe.EvalDatasetMixer.Shares.Select(s => ("eval_dataset_mixer", (string?)s.Path)),
                    ("chat_template_path", recipe.ChatTemplatePath),
                    ("health_text", recipe.HealthText),
                ]
        )
        {
            if (
                path is { Length: > 0 }
                && (Full(path) + Path.DirectorySeparatorChar).StartsWith(output + Path.DirectorySeparatorChar, Comparison)
            )
                throw new SimperException(
                    $"{key}: {path} lies in the output_dir {recipe.OutputDir}, into which the run writes; give another "
                        + "output_dir."
                );
        }
    }

    private static StringComparison Comparison =>
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
