using System.Globalization;
using System.Text;
using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>Builds a recipe from its entries, and writes it back.</summary>
internal static class RecipeAssembly
{
    /// <summary>
    /// Reads keys into a recipe; problems are collected in <paramref name="reading"/>, so that all can be reported at once.
    /// </summary>
    public static Recipe Apply(IReadOnlyList<RecipeEntry> entries, RecipeReading reading, ObjectiveCatalog catalog)
    {
        string[] objectiveKeys = [.. RecipeObjectives.Keys(catalog)];
        var recipe = new Recipe();
        var objective = new Dictionary<string, RecipeEntry>(StringComparer.Ordinal);
        var foreign = new List<RecipeEntry>();
        var seen = new Dictionary<string, RecipeEntry>(StringComparer.Ordinal);
        var failed = new HashSet<string>(StringComparer.Ordinal);
        void Try(RecipeEntry entry, Action read) =>
            reading.Try(() =>
            {
                failed.Add(entry.Name);
                read();
                failed.Remove(entry.Name);
            });
        foreach (RecipeEntry entry in entries)
        {
            RecipeKeys.Find(entry.Name, out BoundKey? key);
            bool isOurs = key is not null || objectiveKeys.Contains(entry.Name);
            if ((isOurs && entry.IsUnset) || SaysNothing(entry, entries))
                continue;
            Try(
                entry,
                () =>
                {
                    if (!seen.TryAdd(entry.Name, entry))
                        throw new SimperException(
                            $"{entry.Subject} is given twice (as "
                                + $"{(seen[entry.Name].Key == entry.Key ? entry.Name : seen[entry.Name].Key)})."
                        );
                    ExpectShape(entry, isOurs, key);
                    if (key is not null)
                        recipe = key.Set(recipe, new RecipeValue(entry));
                    else if (isOurs)
                        objective[entry.Name] = entry;
                    if (!isOurs || ForeignDatasets.Owns(entry.Name))
                        foreign.Add(entry);
                }
            );
        }
        if (!failed.Contains("use_peft"))
            NoteIdleAdapter(recipe, seen, reading);
        foreach (RecipeEntry entry in foreign)
            Try(
                entry,
                () => ForeignKeys.Check(entry, reading, RecipeKeys.Spellings.Concat(objectiveKeys), seen.Keys, ref recipe)
            );
        if (!failed.Overlaps(["lr_scheduler_type", "lr_scheduler_kwargs", "learning_rate"]))
            reading.Try(() => recipe = RecipeSchedule.WithOptions(recipe, seen.GetValueOrDefault("lr_scheduler_kwargs")));
        if (!failed.Contains("compatibility"))
        {
            recipe = WithoutIdleLengths(recipe, seen, reading);
            reading.Try(() =>
                recipe = recipe with { Objective = RecipeObjectives.Make(objective, catalog, recipe.Compatibility, reading) }
            );
        }
        return recipe with { Catalog = catalog };
    }

    // Keys of the frozen model, or of an adapter that is opened.
    private static readonly string[] OfAnyModel =
    [
        "use_peft",
        "load_in_4bit",
        "load_in_8bit",
        "bnb_4bit_quant_type",
        "use_bnb_nested_quant",
        "base_model_name_or_path",
    ];

    // Keys of adapters that are set, where all weights train.
    private static void NoteIdleAdapter(Recipe recipe, IReadOnlyDictionary<string, RecipeEntry> seen, RecipeReading reading)
    {
        if (recipe.UsePeft)
            return;
        var usual = new Recipe();
        foreach (BoundKey key in AdapterKeys.All.Where(k => !OfAnyModel.Contains(k.Name) && k.Get(recipe) != k.Get(usual)))
        {
            if (seen.TryGetValue(key.Name, out RecipeEntry? entry))
                reading.Idle(entry, $"{ForeignAdapters.AllWeights}, without use_peft");
        }
    }

    // Older files of TRL and its relatives have the key: it says which tokens of a row longer than max_length are kept.
    private static Recipe WithoutIdleLengths(Recipe recipe, IReadOnlyDictionary<string, RecipeEntry> seen, RecipeReading reading)
    {
        if (recipe.MaxCompletionLength is not null && recipe.Compatibility != Compatibility.Strict)
        {
            reading.Idle(seen["max_completion_length"], "the modes of other programs cut answers by max_length alone");
            recipe = recipe with { MaxCompletionLength = null };
        }
        if (recipe.MaxPromptLength is null || LimitsPrompts(recipe))
            return recipe;
        reading.Idle(
            seen["max_prompt_length"],
            "rows longer than max_length are cut as truncation_mode says, and no prompt is; compatibility "
                + "simper-reference cuts prompts"
        );
        return recipe with { MaxPromptLength = null };
    }

    private static bool LimitsPrompts(Recipe recipe) =>
        new TokenizationOptions { Compatibility = recipe.Compatibility, Truncation = recipe.TruncationMode }.LimitsPrompts;

    // Other tools' files may set a key and its alias together: one without a value, both with the same, or a warm-up of 0 beside
    // the effective one.
    private static bool SaysNothing(RecipeEntry entry, IReadOnlyList<RecipeEntry> entries)
    {
        if (!RecipeKeys.Find(entry.Name, out BoundKey? key) || key.Aliases.Count == 0)
            return false;
        bool isAlias = entry.Key.Replace('-', '_') != entry.Name;
        RecipeEntry? twin = entries.FirstOrDefault(e => e.Key != entry.Key && e.Name == entry.Name && !e.IsUnset);
        return twin is not null
            && (
                entry.Name == "warmup_steps" ? IsZero(entry) && (isAlias || !IsZero(twin)) : isAlias && entry.Value == twin.Value
            );
    }

    private static bool IsZero(RecipeEntry entry) =>
        double.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value == 0;

    private static void ExpectShape(RecipeEntry entry, bool isOurs, BoundKey? key)
    {
        bool fits = entry.Shape switch
        {
            RecipeEntryShape.List => entry.Name is "loss_type" or "loss_weights" || key is { MayBeList: true } || !isOurs,
            RecipeEntryShape.Map => key is { Kind: RecipeKeyKind.Map } || !isOurs,
            _ => true,
        };
        if (!fits)
            throw new SimperException($"{entry.Subject} has to be one value, not a list or a map.");
    }

    // Secrets do not get into files: a key in a template's variables, a password in an address.
    public static string Write(Recipe recipe)
    {
        var yaml = new StringBuilder();
        foreach ((string key, string value) in RecipeObjectives.Write(recipe.Objective, recipe.Catalog))
            yaml.Append(key).Append(": ").Append(value).Append('\n');
        foreach (BoundKey key in RecipeKeys.Bound)
            yaml.Append(key.Name).Append(": ").Append(Secrets.Masked(key.Get(recipe))).Append('\n');
        return yaml.ToString();
    }
}
