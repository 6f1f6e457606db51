using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Experiments;

/// <summary>
/// Whose answers <see cref="VariationStudy"/> measures: those of a data file, or the held-out ones of a run; and the model that
/// changes are measured against. Immutable.
/// </summary>
/// <param name="Recipe">Model, data and tokenization.</param>
/// <param name="HeldOut">Whether to use the held-out rows of the recipe, or all of its data.</param>
/// <param name="ComparedPath">The model to compare with, such as the one before training; null for none.</param>
public sealed record VariationSubject(Recipe Recipe, bool HeldOut, string? ComparedPath)
{
    /// <summary>The answers of a file.</summary>
    /// <param name="model">Model folder, .gguf file, or a run's folder.</param>
    /// <param name="dataset">The file.</param>
    /// <param name="compared">The model it is compared with, or null.</param>
    /// <param name="maxLength">Maximum length of prompt and answer together.</param>
    /// <param name="precision">Number types; null for the fastest on this machine.</param>
    /// <param name="maxMemory">Bytes that the process may hold; null for what the machine has.</param>
    /// <param name="columns">The data's columns by the names of layouts; null where they have those.</param>
    public static VariationSubject OfFile(
        string model,
        string dataset,
        string? compared,
        int maxLength,
        Precision? precision = null,
        long? maxMemory = null,
        ColumnMap? columns = null
    ) =>
        new(
            new Recipe
            {
                ModelNameOrPath = model,
                DatasetName = dataset,
                DatasetColumns = columns ?? ColumnMap.None,
                MaxLength = maxLength,
                Dtype = precision,
                MaxMemory = maxMemory,
                TestSplitSize = 0,
            },
            HeldOut: false,
            compared
        );

    /// <summary>
    /// A run's model and its held-out pairs, compared with the model it started from unless another is named.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="compared">Another model to compare it with.</param>
    /// <param name="precision">Number types; null for the run's.</param>
    /// <param name="maxMemory">Bytes that the process may hold; null for the run's.</param>
    /// <exception cref="SimperException">The folder holds no recipe, or its run held nothing out.</exception>
    public static VariationSubject OfRun(
        string folder,
        string? compared = null,
        Precision? precision = null,
        long? maxMemory = null
    )
    {
        Recipe recipe = Recipe.Read(Path.Combine(folder, "recipe.yaml"), []);
        if (recipe is { EvalDataName: null, TestSplitSize: 0 })
            throw new SimperException(
                $"{folder}: the run held nothing out (test_split_size: 0); name its model and other pairs by "
                    + "--model_name_or_path and --dataset_name."
            );
        return new VariationSubject(
            recipe with
            {
                ModelNameOrPath = folder,
                FromScratch = false,
                Dtype = precision ?? recipe.Dtype,
                MaxMemory = maxMemory ?? recipe.MaxMemory,
            },
            HeldOut: true,
            compared ?? (recipe.FromScratch ? null : recipe.ModelNameOrPath)
        );
    }
}
