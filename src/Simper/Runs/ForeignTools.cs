namespace Simper.Runs;

/// <summary>
/// Detects which tool a list of keys is for, and translates it into our keys; each tool has a file of its own.
/// </summary>
internal static class ForeignTools
{
    private static readonly ForeignTool[] All = [LlamaFactoryRecipes.Tool, MsSwiftRecipes.Tool, AxolotlRecipes.Tool];

    // Names that mean the same in every tool.
    private static readonly (string Theirs, string Ours)[] Synonyms =
    [
        ("model", "model_name_or_path"),
        ("model_name", "model_name_or_path"),
        ("dataset", "dataset_name"),
        ("train_file", "dataset_name"),
        ("validation_file", "eval_dataset_name"),
        ("num_epochs", "num_train_epochs"),
        ("epochs", "num_train_epochs"),
        ("optimizer", "optim"),
        ("lr_scheduler", "lr_scheduler_type"),
        ("micro_batch_size", "per_device_train_batch_size"),
        ("per_gpu_train_batch_size", "per_device_train_batch_size"),
        ("per_gpu_eval_batch_size", "per_device_eval_batch_size"),
    ];

    /// <summary>All names that other tools' recipes may have beside TRL's.</summary>
    public static IEnumerable<string> Names =>
        All.SelectMany(t => t.Signs.Concat(t.Renames.Select(r => r.Theirs)).Concat(t.Keys.Keys))
            .Concat(Synonyms.Select(s => s.Theirs))
            .Distinct();

    /// <summary>The entries under our names.</summary>
    /// <param name="entries">A file's keys, and those of the command line.</param>
    /// <param name="file">The file, or null.</param>
    /// <param name="reading">Receives notes and problems.</param>
    public static IReadOnlyList<RecipeEntry> Translate(IReadOnlyList<RecipeEntry> entries, string? file, RecipeReading reading)
    {
        if (
            entries.FirstOrDefault(e =>
                e.Shape == RecipeEntryShape.Map && e.Value.Contains("\"_component_\"", StringComparison.Ordinal)
            ) is
            { } component
        )
        {
            throw new SimperException(
                $"{component.Place}: {component.Key} has a _component_, so this is a configuration of torchtune, whose "
                    + "keys name parts of its code; "
                    + "give its values by Simper's keys: model_name_or_path, dataset_name, loss_type, beta, "
                    + "learning_rate, per_device_train_batch_size, num_train_epochs, output_dir."
            );
        }
        var recipe = new ForeignRecipe(entries, reading);
        RecipeEntry? sign = null;
        ForeignTool? tool = All.FirstOrDefault(t => (sign = entries.FirstOrDefault(e => t.Signs.Contains(e.Name))) is not null);
        recipe.Rename("gamma", "simpo_gamma"); // before a tool's own value of it is read
        tool?.Rewrite(recipe);
        foreach ((string theirs, string ours) in (tool?.Renames ?? []).Concat(Synonyms))
            recipe.Rename(theirs, ours);
        reading.Try(() => SftPart(recipe));
        if (tool is not null)
        {
            recipe.Check(tool.Keys);
            if (recipe.Summary() is { Length: > 0 } summary)
                reading.Note(
                    $"{(sign!.IsOverride ? sign.Label : file ?? sign.Label)} is read as "
                        + $"{(sign.IsOverride ? "a key" : "a recipe")} of {tool.Name}: {summary}."
                );
        }
        else if (recipe.Summary() is { Length: > 0 } summary)
        {
            reading.Note($"Keys by other names: {summary}.");
        }
        return recipe.Entries();
    }

    // The weight of the chosen answer's likelihood beside another loss, by its old name.
    private static void SftPart(ForeignRecipe recipe)
    {
        if (recipe.Take("rpo_alpha") is not { } share)
            return;
        double weight = new RecipeValue(share).Number(0, 1e6);
        if (weight == 0)
            return;
        if (
            recipe.Find("loss_type") is { Shape: RecipeEntryShape.Value } loss
            && !recipe.Has("loss_weights")
            && !loss.Value.Contains(',', StringComparison.Ordinal)
        )
        {
            recipe.Replace(loss, $"{loss.Value},sft", RecipeEntryShape.List);
            recipe.Read(share, "loss_weights", $"1,{share.Value}", RecipeEntryShape.List);
            return;
        }
        recipe.Stop(
            $"{share.Subject} adds the likelihood of the chosen answers to a loss; write it as loss_type: [sigmoid, sft] "
                + $"with loss_weights: [1, {share.Value}]."
        );
    }
}
