using System.Text.Json;
using Simper.Tensors;

namespace Simper.Runs;

/// <summary>Keys of TRL and transformers that are none of ours: what they mean here, or a sentence on what to do (<see cref="ForeignKeyTable"/>).</summary>
internal static class ForeignKeys
{
    // What from_pretrained may be told that changes nothing here.
    private static readonly string[] HarmlessModelSettings = ["attn_implementation", "device_map", "low_cpu_mem_usage", "use_cache", "trust_remote_code", "torch_dtype", "dtype"];

    /// <summary>Reads a key that is none of ours, after all that are.</summary>
    /// <param name="name">The key with underscores.</param>
    /// <param name="entry">Its value and place.</param>
    /// <param name="notes">Receives what has no effect.</param>
    /// <param name="known">Our keys, for the nearest one to a misspelt one.</param>
    /// <param name="given">The keys that the recipe has.</param>
    /// <param name="recipe">The recipe, with what the key sets.</param>
    /// <exception cref="SimperException">The key is unknown, or its value would change the run.</exception>
    public static void Check(string name, RecipeEntry entry, ICollection<string>? notes, IEnumerable<string> known, ICollection<string> given, ref Recipe recipe)
    {
        if (name == "bf16")
            recipe = WithBf16(entry, notes, recipe);
        else if (name == "model_init_kwargs")
            CheckModelSettings(entry, notes);
        else if (ForeignDatasets.Owns(name))
            recipe = ForeignDatasets.Read(name, entry, given, notes, recipe);
        else if (ForeignKeyTable.All.TryGetValue(name, out ForeignKey? key))
            key.Check(entry, notes);
        else
            throw new SimperException($"{entry.Named} is unknown{NearestName.Question(name, known.Concat(ForeignKeyTable.All.Keys), "; simper train --help lists the keys.")}");
    }

    private static Recipe WithBf16(RecipeEntry entry, ICollection<string>? notes, Recipe recipe)
    {
        if (entry.Value.Length == 0)
            return recipe;
        Precision asked = new RecipeValue(entry).Flag() ? Precision.BFloat16 : Precision.Float32;
        if (recipe.Dtype is null)
            return recipe with { Dtype = asked };
        if (recipe.Dtype != asked && asked == Precision.BFloat16)
            notes?.Add($"{entry.Subject} has no effect here: dtype says {recipe.Dtype.Name}, which is the type of the matrix products.");
        return recipe;
    }

    private static void CheckModelSettings(RecipeEntry entry, ICollection<string>? notes)
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
                    throw new SimperException($"{entry.Subject} has {string.Join(", ", others)}, which would make another model; write it into the model's config.json, and remove the key.");
                notes?.Add($"{entry.Subject} has no effect here: dtype is the type of the matrix products, and weights are kept as float32.");
                return;
            }
        }
        catch (JsonException)
        {
            // Said below, as for JSON that is no map.
        }
        throw new RecipeValue(entry).Wrong("be a map");
    }
}
