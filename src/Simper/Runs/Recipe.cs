using System.Globalization;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Preferences.Mixtures;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// All settings of a run. The names in files are those of TRL and transformers; each key's meaning, range and default are in
/// <see cref="RecipeKeys"/>. Immutable.
/// </summary>
public sealed record Recipe
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Start with random weights, drawn from the seed and shaped by the folder's config.json.</summary>
    public bool FromScratch { get; init; }

    public string? ChatTemplatePath { get; init; }

    /// <summary>Additional variables of the chat template, as JSON.</summary>
    public string? ChatTemplateKwargs { get; init; }

    /// <summary>Whether prompts end with the whole generation prompt; mode strict only.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Null measures whether float32 or bfloat16 is faster here.</summary>
    public Precision? Dtype { get; init; }

    /// <summary>The device (<see cref="Devices.Parse"/>).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>How quantised matrices that do not train are kept; null for <see cref="Frozen"/>'s choice.</summary>
    public FrozenWeights? FrozenWeights { get; init; }

    /// <summary>The same, chosen: under an adapter as they lie in the file.</summary>
    public FrozenWeights Frozen =>
        FrozenWeights ?? (UsePeft ? Models.Weights.FrozenWeights.Packed : Models.Weights.FrozenWeights.Unpacked);

    /// <summary>Whether the model's linear layers are quantised to four bits at loading.</summary>
    public bool LoadIn4Bit { get; init; }

    /// <summary>The same to eight bits.</summary>
    public bool LoadIn8Bit { get; init; }

    /// <summary>The four bits: quantiles of a normal distribution, or floats.</summary>
    public FrozenFormat FourBitType { get; init; } = FrozenFormat.Nf4;

    /// <summary>Whether the magnitudes of four-bit blocks are quantised again.</summary>
    public bool UseNestedQuant { get; init; }

    /// <summary>These four keys.</summary>
    public FrozenQuantisation Quantisation =>
        LoadIn4Bit ? new(FourBitType, UseNestedQuant)
        : LoadIn8Bit ? new(FrozenFormat.Int8)
        : FrozenQuantisation.None;

    /// <summary>Whether an adapter trains, instead of all weights.</summary>
    public bool UsePeft { get; init; }

    /// <summary>The adapter, with TRL's rank and scale.</summary>
    public AdapterConfig Lora { get; init; } = new() { Rank = 16, Alpha = 32 };

    /// <summary>By how much the rate of B is higher than that of A.</summary>
    public double LoraPlusRatio { get; init; } = 1;

    /// <summary>The rate of an embedding's adapter, where that ratio is not 1.</summary>
    public double LoraPlusEmbeddingRate { get; init; } = 1e-6;

    /// <summary>Where the model of an adapter is, if not where the adapter says.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>Whether a model with weights that are NaN or infinite is refused, instead of warned about.</summary>
    public bool StrictFinite { get; init; }

    public string DatasetName { get; init; } = "";

    /// <summary>Several data sets to train on, instead of one.</summary>
    public RecipeMixture DatasetMixer { get; init; } = RecipeMixture.None;

    /// <summary>The data to train on, as messages name it; empty if there is none.</summary>
    public string DataName => DatasetMixer.IsEmpty ? DatasetName : DatasetMixer.ToString();

    /// <summary>How the data sets of a mixture follow each other.</summary>
    public MixStrategy MixStrategy { get; init; } = MixStrategy.Concat;

    /// <summary>
    /// How probable each data set is in an interleaved mixture: numbers separated by commas; null for all alike.
    /// </summary>
    public string? InterleaveProbs { get; init; }

    internal IReadOnlyList<double> Probabilities =>
        [.. (InterleaveProbs?.Split(',') ?? []).Select(p => double.Parse(p, CultureInfo.InvariantCulture))];

    /// <summary>How many rows of each data set are read, the first; null for all.</summary>
    public int? MaxSamples { get; init; }

    public string? EvalDatasetName { get; init; }

    /// <summary>Several data sets that are held out, instead of one.</summary>
    public RecipeMixture EvalDatasetMixer { get; init; } = RecipeMixture.None;

    /// <summary>The held-out data, as messages name it; null if a part of the training data is held out, or nothing.</summary>
    public string? EvalDataName => EvalDatasetMixer.IsEmpty ? EvalDatasetName : EvalDatasetMixer.ToString();

    /// <summary>The paths of all data.</summary>
    internal IEnumerable<string> DataPaths =>
        [
            DatasetName,
            EvalDatasetName ?? "",
            .. DatasetMixer.Shares.Select(s => s.Path),
            .. EvalDatasetMixer.Shares.Select(s => s.Path),
        ];

    /// <summary>The same recipe with nothing held out.</summary>
    internal Recipe WithoutHeldOut() =>
        this with
        {
            EvalDatasetName = null,
            EvalDatasetMixer = RecipeMixture.None,
            TestSplitSize = 0,
        };

    /// <summary>The columns of both by the names of layouts.</summary>
    public ColumnMap DatasetColumns { get; init; } = ColumnMap.None;

    public double TestSplitSize { get; init; } = 0.05;

    /// <summary>Which duplicates and contradictions are left out.</summary>
    public SelectionOptions Selection { get; init; } = new();

    public int MaxLength { get; init; } = 1024;

    public TruncationMode TruncationMode { get; init; } = TruncationMode.KeepStart;

    /// <summary>Where prompts are limited for themselves; null for no limit, of simper-reference its authors' default.</summary>
    public int? MaxPromptLength { get; init; }

    /// <summary>Mode strict only; null for no limit.</summary>
    public int? MaxCompletionLength { get; init; }

    public Compatibility Compatibility { get; init; } = Compatibility.Strict;

    public DatasetFormat DatasetFormat { get; init; } = DatasetFormat.Auto;

    public Objective Objective { get; init; } = new SimPer();

    /// <summary>The objectives that loss_type may name.</summary>
    public ObjectiveCatalog Catalog { get; init; } = ObjectiveCatalog.Standard;

    /// <summary>Whether the reference follows the policy (TR-DPO).</summary>
    public bool SyncRefModel { get; init; }

    public double RefModelMixupAlpha { get; init; } = 0.6;

    public int RefModelSyncSteps { get; init; } = 512;

    public double LearningRate { get; init; } = 1e-6;

    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    public ScheduleOptions ScheduleOptions { get; init; } = new();

    /// <summary>Steps, or below 1 a fraction of all steps.</summary>
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

    /// <summary>Memory limit of the process in bytes; null for what the machine has.</summary>
    public long? MaxMemory { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>Whether each epoch is shuffled, instead of keeping the file's order.</summary>
    public bool Shuffle { get; init; } = true;

    public int EvalSteps { get; init; }

    public int LoggingSteps { get; init; } = 1;

    /// <summary>What is recorded of every pair.</summary>
    public LedgerScope Ledger { get; init; } = LedgerScope.All;

    /// <summary>How many training pairs every evaluation scores for the ledger.</summary>
    public int LedgerTrainRows { get; init; }

    public int Samples { get; init; } = 4;

    public int SampleTokens { get; init; } = 96;

    /// <summary>When checkpoints are written.</summary>
    public SaveStrategy SaveStrategy { get; init; } = SaveStrategy.Steps;

    /// <summary>Optimizer steps between two checkpoints; below 1 a share of all steps.</summary>
    public double SaveSteps { get; init; } = 500;

    /// <summary>How many checkpoints are kept, the newest; 0 for all.</summary>
    public int SaveTotalLimit { get; init; } = 2;

    /// <summary>The checkpoint to go on from: a folder, or "true" for the newest of the run's folder; null begins anew.</summary>
    public string? ResumeFromCheckpoint { get; init; }

    /// <summary>Whether the best checkpoint becomes the model, instead of what the last step left.</summary>
    public bool LoadBestModelAtEnd { get; init; }

    /// <summary>The held-out figure that decides which is best, with or without <c>eval_</c>; null for the loss.</summary>
    public string? MetricForBestModel { get; init; }

    /// <summary>Whether more of it is better; null for what is usual for the figure.</summary>
    public bool? GreaterIsBetter { get; init; }

    public NonFiniteRule NonFinite { get; init; } = NonFiniteRule.Stop;

    public SpikeRule Spikes { get; init; } = SpikeRule.Apply;

    /// <summary>What is done where the model's health is in trouble.</summary>
    public HealthResponse Health { get; init; } = HealthResponse.Off;

    /// <summary>Steps between two checks of health; 0 for <see cref="EvalSteps"/>, or a tenth of the run.</summary>
    public int HealthSteps { get; init; }

    /// <summary>A text file whose perplexity is watched; null for the held-out prompts.</summary>
    public string? HealthText { get; init; }

    /// <summary>What the learning rate is multiplied by on trouble.</summary>
    public double HealthRateFactor { get; init; } = 0.25;

    public int HealthMaxRollbacks { get; init; } = 5;

    /// <summary>What may differ from that checkpoint.</summary>
    public ResumeOverride ResumeOverride { get; init; }

    public string OutputDir { get; init; } = "";

    public bool OverwriteOutputDir { get; init; }

    /// <summary>Where tokenized data is cached; null for no cache.</summary>
    public string? CacheDir { get; init; }

    /// <summary>How its rows are tokenized.</summary>
    public TokenizationOptions Tokenization =>
        new()
        {
            Compatibility = Compatibility,
            MaxLength = MaxLength,
            MaxPromptLength = MaxPromptLength,
            MaxCompletionLength = MaxCompletionLength,
            Truncation = TruncationMode,
            Format = DatasetFormat,
            AddGenerationPrompt = AddGenerationPrompt,
            TemplateVariables = ChatTemplateKwargs is { } json ? TemplateArguments.Parse(json, TemplateArguments.Name) : null,
        };

    /// <summary>How its rows are read.</summary>
    public DatasetOptions Reading =>
        new()
        {
            Compatibility = Compatibility,
            Columns = DatasetColumns,
            CacheFolder = CacheDir,
        };

    /// <summary>Reads a recipe and its overrides.</summary>
    /// <param name="file">A YAML file, or null for only the overrides.</param>
    /// <param name="overrides">Key and value, from the command line for example.</param>
    /// <param name="notes">Receives keys that are accepted without effect.</param>
    /// <param name="catalog">The objectives that loss_type may name; Simper's own when not given.</param>
    /// <exception cref="SimperException">Keys are unknown, or values wrong: all are listed with file and line.</exception>
    public static Recipe Read(
        string? file,
        IEnumerable<(string Key, string Value)> overrides,
        ICollection<string>? notes = null,
        ObjectiveCatalog? catalog = null
    ) => Of(file, file is null ? [] : RecipeFile.Read(file), overrides, notes, catalog);

    /// <summary>Reads the text of a recipe, and its overrides.</summary>
    /// <param name="place">Where the text is from, for messages.</param>
    /// <param name="text">YAML.</param>
    /// <param name="overrides">Key and value.</param>
    /// <param name="catalog">The objectives that loss_type may name; Simper's own when not given.</param>
    /// <exception cref="SimperException">Keys are unknown, or values wrong: all are listed.</exception>
    internal static Recipe Of(
        string place,
        string text,
        IEnumerable<(string Key, string Value)> overrides,
        ObjectiveCatalog? catalog = null
    ) => Of(place, RecipeFile.Parse(place, text), overrides, notes: null, catalog);

    private static Recipe Of(
        string? file,
        List<RecipeEntry> entries,
        IEnumerable<(string Key, string Value)> overrides,
        ICollection<string>? notes,
        ObjectiveCatalog? catalog
    )
    {
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
            // a run detects it by itself; but all problems of a recipe should be reported at once
            RecipePaths.Check(recipe, reading, file);
        reading.Finish(file, notes);
        return recipe;
    }

    /// <summary>Every key but the objective's, with its value as in YAML; empty if unset.</summary>
    internal IEnumerable<(string Key, string Value)> Values() => RecipeKeys.Bound.Select(k => (k.Name, k.Get(this)));

    /// <summary>The complete recipe as YAML that reads back to the same recipe.</summary>
    public string ToYaml() => RecipeAssembly.Write(this);
}
