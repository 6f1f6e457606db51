using Simper.Objectives;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// Everything that a run is made of. The names in files are those of TRL and transformers; what a key means, its range and its
/// default stand in <see cref="RecipeKeys"/>. Immutable.
/// </summary>
public sealed record Recipe
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Begin with random weights, made from the seed and the folder's config.json.</summary>
    public bool FromScratch { get; init; }

    public string? ChatTemplatePath { get; init; }

    /// <summary>Further variables of the chat template, as JSON.</summary>
    public string? ChatTemplateKwargs { get; init; }

    /// <summary>Whether prompts end in the whole generation prompt; of the mode strict alone.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Null measures which of float32 and bfloat16 is faster here.</summary>
    public Precision? Dtype { get; init; }

    public string DatasetName { get; init; } = "";

    public string? EvalDatasetName { get; init; }

    public double TestSplitSize { get; init; } = 0.05;

    public int MaxLength { get; init; } = 1024;

    public TruncationMode TruncationMode { get; init; } = TruncationMode.KeepStart;

    /// <summary>Of the mode simper-reference alone; null is its authors' default.</summary>
    public int? MaxPromptLength { get; init; }

    public Compatibility Compatibility { get; init; } = Compatibility.Strict;

    public DatasetFormat DatasetFormat { get; init; } = DatasetFormat.Auto;

    public Objective Objective { get; init; } = new SimPer();

    /// <summary>The objectives that loss_type may name.</summary>
    public ObjectiveCatalog Catalog { get; init; } = ObjectiveCatalog.Standard;

    /// <summary>Let the reference follow the policy (TR-DPO).</summary>
    public bool SyncRefModel { get; init; }

    public double RefModelMixupAlpha { get; init; } = 0.6;

    public int RefModelSyncSteps { get; init; } = 512;

    public double LearningRate { get; init; } = 1e-6;

    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    public ScheduleOptions ScheduleOptions { get; init; } = new();

    /// <summary>Steps, or below 1 the share of all steps.</summary>
    public double Warmup { get; init; } = 0.1;

    public int TrainBatchSize { get; init; } = 8;

    public int EvalBatchSize { get; init; } = 8;

    public int GradientAccumulationSteps { get; init; } = 1;

    public double NumTrainEpochs { get; init; } = 1;

    public int MaxSteps { get; init; } = -1;

    public double WeightDecay { get; init; }

    public double AdamBeta1 { get; init; } = 0.9;

    public double AdamBeta2 { get; init; } = 0.999;

    public double AdamEpsilon { get; init; } = 1e-8;

    public double MaxGradNorm { get; init; } = 1;

    public bool GradientCheckpointing { get; init; }

    /// <summary>What the process may hold, in bytes; null takes what the machine has.</summary>
    public long? MaxMemory { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>Whether each epoch has an order of its own, or the file's.</summary>
    public bool Shuffle { get; init; } = true;

    public int EvalSteps { get; init; }

    public int LoggingSteps { get; init; } = 1;

    public int Samples { get; init; } = 4;

    public int SampleTokens { get; init; } = 96;

    public string OutputDir { get; init; } = "";

    public bool OverwriteOutputDir { get; init; }

    /// <summary>Where tokenized data is kept; null keeps none.</summary>
    public string? CacheDir { get; init; }

    /// <summary>How its rows become tokens.</summary>
    public TokenizationOptions Tokenization =>
        new()
        {
            Compatibility = Compatibility,
            MaxLength = MaxLength,
            MaxPromptLength = MaxPromptLength,
            Truncation = TruncationMode,
            Format = DatasetFormat,
            AddGenerationPrompt = AddGenerationPrompt,
            TemplateVariables = ChatTemplateKwargs is { } json ? TemplateArguments.Parse(json, TemplateArguments.Name) : null,
        };

    /// <summary>Reads a recipe and what overrides it.</summary>
    /// <param name="file">A YAML file, or null for the overrides alone.</param>
    /// <param name="overrides">Key and value, from the command line say.</param>
    /// <param name="notes">Receives keys that are accepted without effect.</param>
    /// <param name="catalog">The objectives that loss_type may name; Simper's own when not given.</param>
    /// <exception cref="SimperException">Keys are unknown, or values wrong: all of them are named with file and line.</exception>
    public static Recipe Read(
        string? file,
        IEnumerable<(string Key, string Value)> overrides,
        ICollection<string>? notes = null,
        ObjectiveCatalog? catalog = null
    )
    {
        List<RecipeEntry> entries = file is null ? [] : RecipeFile.Read(file);
        foreach ((string key, string value) in overrides)
        {
            var entry = new RecipeEntry(key, RecipeFile.IsNull(value) ? "" : value, $"--{key}");
            bool had = entries.RemoveAll(e => e.Name == entry.Name) > 0;
            if (!had || !entry.IsUnset)
                entries.Add(entry);
        }
        var reading = new RecipeReading();
        Recipe recipe = RecipeAssembly.Apply(
            ForeignTools.Translate(entries, file, reading),
            reading,
            catalog ?? ObjectiveCatalog.Standard
        );
        if (reading.HasProblems)
            // a run finds out by itself; who has to change the recipe anyway should not learn it one try later
            RecipePaths.Check(recipe, reading, file);
        reading.Finish(file, notes);
        return recipe;
    }

    /// <summary>Every key but the objective's, with its value as YAML has it; empty where it is unset.</summary>
    internal IEnumerable<(string Key, string Value)> Values() => RecipeKeys.Bound.Select(k => (k.Name, k.Get(this)));

    /// <summary>The recipe with every value, as YAML that reads back to the same recipe.</summary>
    public string ToYaml() => RecipeAssembly.Write(this);
}
