using Simper.Checkpoints;
using Simper.Models;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Runs;

/// <summary>The model that a recipe names.</summary>
internal static class RecipeModel
{
    /// <summary>Reads it, or makes it (<c>from_scratch</c>), with the recipe's templates, on the recipe's device.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="precision">Its dtypes; null for the recipe's, or the fastest on this machine.</param>
    /// <param name="trainable">Whether it has master weights.</param>
    /// <param name="cancel">Stops between two weights.</param>
    public static LanguageModel Open(Recipe recipe, Precision? precision, bool trainable, CancellationToken cancel = default)
    {
        Precision chosen = precision ?? recipe.Dtype ?? Fastest(recipe);
        TorchSharp.torch.Device device = Devices.Parse(recipe.Device);
        LanguageModel model = recipe.FromScratch
            ? LanguageModel.Create(ModelFiles.Read(recipe.ModelNameOrPath), recipe.Seed, chosen, device)
            : LanguageModel.Load(
                RunFolder.TextModelOf(recipe.ModelNameOrPath),
                chosen,
                trainable,
                device,
                frozen: recipe.FrozenWeights,
                cancel: cancel
            );
        try
        {
            if (recipe.StrictFinite)
                model.ExpectFinite();
            if (Templates(recipe, model.Files) is { } templates)
                model.Files = model.Files.With(templates);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // The templates that replace the model's own, and are saved with it; null for none.
    private static ChatTemplates? Templates(Recipe recipe, ModelFiles files) =>
        recipe.ChatTemplatePath is { } path ? TemplateSources.OfPath(path, "chat_template_path")
        : recipe.Compatibility == Compatibility.SimPerReference ? SimPerReferenceTemplate.For(files.Source)
        : null;

    // The model's own width decides which is faster: narrow products gain nothing from bfloat16.
    private static Precision Fastest(Recipe recipe) =>
        recipe.FromScratch
            ? Precision.Float32
            : PrecisionProbe.Measure(LanguageModel.WidthOf(RunFolder.TextModelOf(recipe.ModelNameOrPath))).Faster;
}
