namespace Simper.Models.Adapters;

/// <summary>An adapted module with its rank and scale.</summary>
internal sealed record AdapterTarget(AdaptableModule Module, int Rank, double Scale);

/// <summary>
/// What an adapter's config means for a model: which modules get low-rank matrices, and which published tensors train whole. By
/// PEFT's rules.
/// </summary>
internal sealed class AdapterPlan
{
    /// <summary>The config.</summary>
    public required AdapterConfig Config { get; init; }

    /// <summary>The model's shape with the adapter: its head is no longer tied where one of the two trains alone.</summary>
    public required DecoderShape Shape { get; init; }

    /// <summary>The published names.</summary>
    public required NameMap Names { get; init; }

    /// <summary>The adapted modules.</summary>
    public required IReadOnlyList<AdapterTarget> Targets { get; init; }

    /// <summary>Published tensors that train whole.</summary>
    public required IReadOnlySet<string> Whole { get; init; }

    /// <summary>The head's weight under its own name, where it is the embedding's and both names are stored; else null.</summary>
    public string? TiedName { get; init; }

    private const string BiasEnding = ".bias";

    /// <summary>The last parts of the adapted modules' paths, each once: what "all-linear" and PEFT's choice stand for.</summary>
    public IEnumerable<string> Endings => Targets.Select(t => Ending(t.Module.Name)).Distinct(StringComparer.Ordinal);

    /// <summary>A whole tensor's name in the adapter's file.</summary>
    public string StoredName(string tensor) =>
        AdapterTensor.Prefix
        + (IsBiasOfAny(Targets, tensor) ? tensor[..^BiasEnding.Length] + ".base_layer" + BiasEnding : tensor);

    /// <summary>Of a config and a model.</summary>
    /// <param name="config">The config.</param>
    /// <param name="names">The family's names.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="source">Where the config is from, for messages.</param>
    /// <param name="stored">The published tensors that an adapter's file holds whole; null to go by the config.</param>
    /// <exception cref="SimperException">The config names nothing of the model, or what cannot be adapted.</exception>
    public static AdapterPlan Of(
        AdapterConfig config,
        NameMap names,
        DecoderShape shape,
        string source,
        IReadOnlyCollection<string>? stored = null
    )
    {
        IReadOnlyList<AdaptableModule> modules = AdaptableModule.Of(names, shape);
        List<AdapterTarget> targets = Targeted(config, names, modules, source);
        if (targets.Count == 0 && config.ModulesToSave.Count == 0)
            throw new SimperException(
                $"{source}: lora_target_modules {config.TargetModules} names no module of this model that can be adapted; it has "
                    + $"{string.Join(", ", modules.Select(m => Ending(m.Name)).Distinct().Take(16))}, or all-linear."
            );
        Check(config, source, targets);
        var whole = new HashSet<string>(
            stored
                ?? names
                    .Slots(shape)
                    .SelectMany(s => s.Parts)
                    .Select(p => p.Name)
                    .Concat(shape.TiedHead ? [names.Head + ".weight"] : [])
                    .Where(name => IsSaved(config, name) || TrainsAsBias(config, name, targets)),
            StringComparer.Ordinal
        );
        (string embedding, string head) = (names.Embedding + ".weight", names.Head + ".weight");
        bool isUntied = shape.TiedHead && !config.KeepsTied && (whole.Contains(embedding) || whole.Contains(head));
        string? tiedName = null;
        if (shape.TiedHead && !isUntied && (whole.Remove(head) || whole.Contains(embedding)))
        {
            whole.Add(embedding);
            tiedName = head;
        }
        return new AdapterPlan
        {
            Config = config,
            Names = names,
            Shape = isUntied ? shape with { TiedHead = false } : shape,
            Targets = targets,
            Whole = whole,
            TiedName = tiedName,
        };
    }

    private static List<AdapterTarget> Targeted(
        AdapterConfig config,
        NameMap names,
        IReadOnlyList<AdaptableModule> modules,
        string source
    )
    {
        try
        {
            return
            [
                .. modules
                    .Where(m => IsTarget(config, names, m))
                    .Select(m => new AdapterTarget(m, config.RankOf(m.Name), config.ScaleOf(m.Name))),
            ];
        }
        catch (SimperException e) // a pattern that is none
        {
            throw new SimperException($"{source}: {e.Message}", e);
        }
    }

    private static bool IsTarget(AdapterConfig config, NameMap names, AdaptableModule module)
    {
        if (IsSavedModule(config, module.Name) || (config.ExcludeModules?.Fit(module.Name) ?? false))
            return false;
        bool isNamed =
            config.TargetModules is null ? Defaults(names).Contains(Ending(module.Name))
            : config.TargetModules.IsAllLinear ? module.Kind is ModuleKind.Linear or ModuleKind.Expert
            : config.TargetModules.Fit(module.Name);
        // A regular expression already says which layers.
        bool chooses = config.LayersToTransform.Count > 0 && config.TargetModules?.Pattern is null;
        return isNamed && (!chooses || (LayerOf(config, module.Name) is { } layer && config.LayersToTransform.Contains(layer)));
    }

    // PEFT's choice for almost every decoder: queries and values, or the matrix that holds them.
    private static IEnumerable<string> Defaults(NameMap names) =>
        names.QueryKeyValue is { } fused ? [Ending(fused)] : [Ending(names.Query!), Ending(names.Value!)];

    private static int? LayerOf(AdapterConfig config, string module)
    {
        foreach (string pattern in config.LayersPattern.DefaultIfEmpty(@"[^.]*"))
        {
            if (ModulePattern.NumberAfter(pattern, module) is { } layer)
                return layer;
        }
        return null;
    }

    private static bool IsSavedModule(AdapterConfig config, string module) =>
        config.ModulesToSave.Any(name => module.EndsWith(name, StringComparison.Ordinal));

    // The tensor belongs to a module that is saved, or to one within it.
    private static bool IsSaved(AdapterConfig config, string tensor)
    {
        for (int dot = tensor.LastIndexOf('.'); dot > 0; dot = tensor.LastIndexOf('.', dot - 1))
        {
            if (IsSavedModule(config, tensor[..dot]))
                return true;
        }
        return false;
    }

    private static bool TrainsAsBias(AdapterConfig config, string tensor, List<AdapterTarget> targets) =>
        config.Bias switch
        {
            AdapterBias.All => tensor.EndsWith("bias", StringComparison.Ordinal),
            AdapterBias.LoraOnly => IsBiasOfAny(targets, tensor),
            _ => false,
        };

    private static bool IsBiasOfAny(IReadOnlyList<AdapterTarget> targets, string tensor) =>
        tensor.EndsWith(BiasEnding, StringComparison.Ordinal) && targets.Any(t => t.Module.Name + BiasEnding == tensor);

    private static void Check(AdapterConfig config, string source, List<AdapterTarget> targets)
    {
        if (targets.Find(t => t.Rank < 1) is { } rankless)
            throw new SimperException(
                $"{source}: the rank of {rankless.Module.Name} is {rankless.Rank}; it has to be at least 1."
            );
        if (config is { UseDora: true, Start: AdapterStart.Pissa })
            throw new SimperException($"{source}: use_dora and init_lora_weights: pissa do not go together; leave one out.");
        if (config.Start == AdapterStart.Pissa && targets.Find(t => t.Module.Kind == ModuleKind.Embedding) is { } table)
            throw new SimperException(
                $"{source}: init_lora_weights: pissa is not there for {table.Module.Name}; exclude it (lora_exclude_modules)."
            );
        if (config.UseDora && targets.Find(t => t.Module.Kind is ModuleKind.Embedding or ModuleKind.Expert) is { } other)
            throw new SimperException(
                $"{source}: use_dora is not there for {other.Module.Name} (embeddings, experts); exclude it "
                    + "(lora_exclude_modules), or train without use_dora."
            );
        if (
            config.Dropout > 0
            && targets.Find(t => t.Module.Kind is ModuleKind.Embedding or ModuleKind.Expert or ModuleKind.Head) is { } dropped
        )
            throw new SimperException(
                $"{source}: lora_dropout is not there for {dropped.Module.Name} (embeddings, experts, the head); set it to 0, or "
                    + "exclude the module (lora_exclude_modules)."
            );
    }

    private static string Ending(string path) => path[(path.LastIndexOf('.') + 1)..];
}
