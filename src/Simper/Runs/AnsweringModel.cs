using Simper.Models;
using Simper.Tensors;

namespace Simper.Runs;

/// <summary>Opens models to answer with: a model's folder, a .gguf file, or a run's folder.</summary>
public static class AnsweringModel
{
    /// <summary>Loads it without what training needs. The caller owns it.</summary>
    /// <param name="path">What was named.</param>
    /// <param name="precision">Number types; null for those of the run's recipe, or else what is faster here.</param>
    /// <param name="files">What becomes of its files: another chat template, say; null for its own.</param>
    /// <exception cref="SimperException">There is no such model, or a file of it is damaged.</exception>
    public static LanguageModel Open(string path, Precision? precision = null, Func<ModelFiles, ModelFiles>? files = null)
    {
        string folder = RunFolder.TextModelOf(path);
        LanguageModel model = LanguageModel.Load(
            folder,
            precision ?? OfRun(path) ?? PrecisionProbe.Measure(LanguageModel.WidthOf(folder)).Faster,
            trainable: false
        );
        try
        {
            if (files is not null)
                model.Files = files(model.Files);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // A run's answers were sampled in its own precision, and another one may answer otherwise.
    private static Precision? OfRun(string path)
    {
        string recipe = Path.Combine(path, "recipe.yaml");
        return RunFolder.ModelOf(path) != path && File.Exists(recipe)
            ? RecipeFile.Read(recipe).Find(e => e.Name == "dtype") is { } type
                ? new RecipeValue(type).PrecisionOrNull()
                : null
            : null;
    }
}
