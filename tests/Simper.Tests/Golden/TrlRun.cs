using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Training;

namespace Simper.Tests.Golden;

/// <summary>A run of TRL's trainers, or of the SimPER authors', as its file tells it; and the same run of ours.</summary>
internal sealed class TrlRun(string file)
{
    public JsonNode Json { get; } = GoldenFile.Read("golden", "trl", file);

    private JsonNode Settings =>
        Json["settings"]
        ?? GoldenFile.Read(
            "golden",
            "trl",
            file.Replace("_float64", file.StartsWith("dpo", StringComparison.Ordinal) ? "_sigmoid" : "")
        )["settings"]!;

    /// <summary>The trainer's name in full.</summary>
    public string Trainer => (string)Json["trainer"]!;

    private bool IsDpo => Trainer == "DPOTrainer" || file.StartsWith("dpo", StringComparison.Ordinal);

    private bool IsAuthors => Trainer.StartsWith("scripts/simper_trainer", StringComparison.Ordinal);

    /// <summary>The mode of compatibility that the trainer stands for.</summary>
    public Compatibility Mode =>
        IsAuthors ? Compatibility.SimPerReference
        : Trainer is "CPOTrainer" or "ORPOTrainer" or "SimPerTrainer" || file.StartsWith("simper", StringComparison.Ordinal)
            ? Compatibility.TrlCpo
        : Compatibility.Trl;

    /// <summary>Runs that can be compared: those with steps.</summary>
    public static IEnumerable<string> Files =>
        SharedFiles.Root is not { } root
            ? []
            : Directory
                .GetFiles(System.IO.Path.Combine(root, "golden", "trl"), "*.json")
                .Select(f => System.IO.Path.GetFileName(f))
                .Order(StringComparer.Ordinal)
                .Where(f =>
                    JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "trl", f))) is JsonObject run
                    && run["steps"] is not null
                );

    /// <summary>The objective that a recipe of the same keys has.</summary>
    public Objective Objective
    {
        get
        {
            if (Trainer == "SimPerTrainer" || IsAuthors || file.StartsWith("simper", StringComparison.Ordinal))
                return new SimPer();
            var keys = new Dictionary<string, RecipeEntry>();
            string[] known = [.. RecipeObjectives.Keys(ObjectiveCatalog.Standard)];
            foreach ((string key, JsonNode? value) in Settings.AsObject())
            {
                if (known.Contains(key) && value is not null)
                    keys[key] = new RecipeEntry(
                        key,
                        value is JsonArray list ? string.Join(",", list.Select(v => v!.ToString())) : value.ToString(),
                        file
                    );
            }
            string type = Trainer switch
            {
                "KTOTrainer" => "kto",
                "ORPOTrainer" => "orpo",
                "SFTTrainer" => "sft",
                _ => "sigmoid",
            };
            keys.TryAdd("loss_type", new RecipeEntry("loss_type", type, file));
            // DPOTrainer logs DPO's rewards whatever it learns; the supervised part alone has others.
            if (IsDpo && keys["loss_type"].Value == "sft")
            {
                keys["loss_type"] = keys["loss_type"] with { Value = "sigmoid,sft" };
                keys["loss_weights"] = new RecipeEntry("loss_weights", "0,1", file);
            }
            if (Trainer == "CPOTrainer" && keys["loss_type"].Value == "simpo" && keys["alpha"].Value is not ("0" or "0.0"))
                keys["loss_type"] = keys["loss_type"] with { Value = "alphapo" };
            return RecipeObjectives.Make(keys, ObjectiveCatalog.Standard, Mode, notes: null);
        }
    }

    /// <summary>The model before the first step; of a run that trains an adapter with it.</summary>
    public LanguageModel Model(Precision precision)
    {
        string model = SharedFiles.Path("data", "stories260K-hf");
        return Settings["lora_r"] is null
            ? LanguageModel.Load(model, precision)
            : LanguageModel.Load(SharedFiles.Path("golden", "trl", "lora_before"), precision, basePath: model);
    }

    public string Setting(string name) => Settings[name]!.ToString();

    public double Number(string setting) => (double)Settings[setting]!;

    /// <summary>Digits behind the point of logged losses, where they are rounded.</summary>
    public double RoundingOfLoss => IsAuthors ? 5.1e-5 : 0;

    /// <summary>Rows of a micro-batch.</summary>
    public int BatchSize => (int)Number("per_device_train_batch_size");

    public Trainer MakeTrainer(LanguageModel model, IReadOnlyList<TokenizedGroup> groups, Simper.Training.Reference? reference) =>
        new(model, groups, Objective)
        {
            LearningRate = Number("learning_rate"),
            Schedule = (string)Settings["lr_scheduler_type"]! switch
            {
                "cosine" => ScheduleKind.Cosine,
                "linear" => ScheduleKind.Linear,
                "constant" => ScheduleKind.Constant,
                var other => throw new NotSupportedException(other),
            },
            Warmup = Number("warmup_steps"),
            PairsPerStep = BatchSize * (int)Number("gradient_accumulation_steps"),
            PairsPerMicroBatch = BatchSize,
            MicroBatchesCountAlike = Trainer != "SFTTrainer", // whose mean is over the tokens of the step
            LogsAsManyPairsAsLast = Mode == Compatibility.TrlCpo,
            WarmupMayCoverAll = true,
            MaxSteps = (int)Number("max_steps"),
            MaxGradientNorm = Number("max_grad_norm"),
            Shuffle = false,
            References = reference,
            Optimizer = new AdamWSettings { WeightDecay = Number("weight_decay") },
        };

    /// <summary>What the policy is held to: scores of before, or a model that follows.</summary>
    public Simper.Training.Reference? Reference(LanguageModel policy, LanguageModel frozen, IReadOnlyList<TokenizedGroup> groups)
    {
        if (!Objective.NeedsReference)
            return null;
        return Settings["sync_ref_model"] is { } sync && (bool)sync
            ? new ReferenceModel(frozen)
            {
                SyncSteps = (int)Number("ref_model_sync_steps"),
                MixupAlpha = Number("ref_model_mixup_alpha"),
            }
            : ReferenceScores.Of(policy, groups, needs: Objective.Needs);
    }

    /// <summary>The rows of the data file, by our own tokenization in the run's mode of compatibility.</summary>
    public IReadOnlyList<TokenizedGroup> Groups(LanguageModel model)
    {
        var options = new TokenizationOptions
        {
            Compatibility = Mode,
            MaxLength = (int)Number("max_length"),
            MaxPromptLength = (int?)Settings["max_prompt_length"],
            Truncation = (string?)Settings["truncation_mode"] == "keep_end" ? TruncationMode.KeepEnd : TruncationMode.KeepStart,
        };
        string? template = (string?)Json["chat_template"];
        GroupTokenizer tokenizer = model.Files.GroupTokenizer(
            options,
            template is null ? null : ChatTemplate.Parse(template, file)
        );
        IReadOnlyList<TokenizedGroup> rows = TokenizedDataset.Of(
            PreferenceDataset.Open(SharedFiles.Path("golden", "trl", (string)Json["data"]!), Mode),
            tokenizer
        );
        if (Objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched && rows[0].Answers.Length > 1)
            rows = new UnpairedGroups(rows);
        if (Objective.Takes == PreferenceKind.Mismatched)
            rows = new MismatchedGroups(rows, BatchSize, options.MaxLength);
        int used = (Json["rows_used"] as JsonArray)?.Count ?? rows.Count;
        return
        [
            .. rows.Select(g => g with { Row = g.Row - 1 })
                .Take(Objective.Takes is PreferenceKind.Mismatched or PreferenceKind.Unpaired ? rows.Count : used),
        ];
    }
}
