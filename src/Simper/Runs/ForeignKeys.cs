using System.Text.Json;
using Simper.Tensors;

namespace Simper.Runs;

/// <summary>
/// Keys of TRL and transformers that are not ours: what they mean here, or advice (<see cref="ForeignKeyTable"/>).
/// </summary>
internal static class ForeignKeys
{
    // Arguments of from_pretrained that change nothing here.
    private static readonly string[] HarmlessModelSettings =
    [
        "attn_implementation",
        "device_map",
        "low_cpu_mem_usage",
        "use_cache",
        "trust_remote_code",
        "torch_dtype",
        "dtype",
    ];

    /// <summary>Reads a key that is not ours, after all that are.</summary>
    /// <param name="entry">The key, its value and place.</param>
    /// <param name="reading">Receives what has no effect.</param>
    /// <param name="known">Our keys, to suggest the nearest one to a misspelt one.</param>
    /// <param name="given">The keys set in the recipe.</param>
    /// <param name="recipe">The recipe, changed by the key.</param>
    /// <exception cref="SimperException">The key is unknown, or its value would change the run.</exception>
    public static void Check(
        RecipeEntry entry,
        RecipeReading reading,
        IEnumerable<string> known,
        ICollection<string> given,
        ref Recipe recipe
    )
    {
        if (entry.Name == "bf16")
            recipe = WithBf16(entry, reading, recipe);
        else if (entry.Name == "disable_dropout" && recipe.UsePeft && entry.Value.Length > 0)
            recipe = WithDropout(entry, reading, recipe);
        else if (entry.Name == "model_init_kwargs")
            CheckModelSettings(entry, reading);
        else if (ForeignDatasets.Owns(entry.Name))
            recipe = ForeignDatasets.Read(entry, given, reading, recipe);
        else if (HubKeys.Owns(entry, recipe))
            recipe = HubKeys.Read(entry, given, reading, recipe);
        else if (ForeignKeyTable.All.TryGetValue(entry.Name, out ForeignKey? key))
            key.Check(entry, reading);
        else
            throw new SimperException(
                entry.Unknown
                    + NearestName.Question(
                        entry.Name,
                        known.Concat(ForeignKeyTable.All.Keys),
                        "; simper train --help lists the keys."
                    )
            );
    }

    private static Recipe WithBf16(RecipeEntry entry, RecipeReading reading, Recipe recipe)
    {
        if (entry.Value.Length == 0 || entry.Value == "auto") // axolotl's word for the fastest choice
            return recipe;
        Precision asked = new RecipeValue(entry).Flag() ? Precision.BFloat16 : Precision.Float32;
        if (recipe.Dtype is null)
            return recipe with { Dtype = asked };
        if (recipe.Dtype != asked && asked == Precision.BFloat16)
            reading.Idle(entry, $"dtype says {recipe.Dtype.Name}, which is the type of the matrix products");
        return recipe;
    }

    // TRL's switch is one of all dropout, of the adapter's as well.
    private static Recipe WithDropout(RecipeEntry entry, RecipeReading reading, Recipe recipe)
    {
        if (!new RecipeValue(entry).Flag() || recipe.Lora.Dropout == 0)
            return recipe;
        reading.Note($"{entry.Subject} switches the adapter's dropout off as well: lora_dropout counts as 0.");
        return recipe with { Lora = recipe.Lora with { Dropout = 0 } };
    }

    private static void CheckModelSettings(RecipeEntry entry, RecipeReading reading)
    {
        if (entry.Value.Length == 0)
            return;
        try
        {
            using var settings = JsonDocument.Parse(entry.Value);
            if (settings.RootElement.ValueKind == JsonValueKind.Object)
            {
                string[] others = [.. settings.RootElement.EnumerateObject().Select(p => p.Name).Except(HarmlessModelSettings)];
                if (others.Length > 0)
                    throw new SimperException(
                        $"{entry.Subject} has {string.Join(", ", others)}, which would make another model; write it into "
                            + "the model's config.json, and remove the key."
                    );
                reading.Idle(entry, "dtype is the type of the matrix products, and weights are kept as float32");
                return;
            }
        }
        catch (JsonException)
        {
            // Reported below, as for JSON that is not a map.
        }
        throw new RecipeValue(entry).Wrong("be a map");
    }
}
