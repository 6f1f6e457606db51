using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
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
            : Load(recipe, chosen, device, trainable, cancel);
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

    private static LanguageModel Load(
        Recipe recipe,
        Precision precision,
        TorchSharp.torch.Device device,
        bool trainable,
        CancellationToken cancel
    )
    {
        string path = RunFolder.TextModelOf(recipe.ModelNameOrPath);
        bool isAdapter = AdapterSource.Find(path) is not null;
        if (isAdapter && trainable && !recipe.UsePeft)
            throw new SimperException(
                $"{recipe.ModelNameOrPath} is an adapter: set use_peft to train it on, or merge it into its model first "
                    + "(simper merge)."
            );
        bool begins = recipe.UsePeft && !isAdapter;
        LanguageModel model = LanguageModel.Load(
            path,
            precision,
            trainable && !begins,
            device,
            frozen: recipe.Frozen,
            mapped: recipe.UsePeft,
            basePath: recipe.BaseModelNameOrPath,
            quantisation: recipe.Quantisation,
            cancel: cancel
        );
        if (begins && trainable)
        {
            using LanguageModel basis = model;
            model = basis.WithNewAdapter(recipe.Lora, recipe.Seed);
        }
        if (recipe.LoraPlusRatio != 1)
            model.Adapter?.SetRates(recipe.LoraPlusRatio, recipe.LoraPlusEmbeddingRate / recipe.LearningRate);
        return model;
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
            : PrecisionProbe
                .Measure(LanguageModel.WidthOf(RunFolder.TextModelOf(recipe.ModelNameOrPath), recipe.BaseModelNameOrPath))
                .Faster;
}
